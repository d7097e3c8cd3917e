import { describe, expect, test } from "vitest";
import { compare } from "./compare.ts";

describe("compare", () => {
  const line = (event: "raise" | "clear" | "late" | "acknowledge", at: number) => ({
    ...{ event, at, value: 1, actor: null, comment: null },
    state: "unacknowledged" as const,
  });
  const step = (event: string, at: number) => ({ event, at, value: 1 });

  test("finds what late data would have changed", () => {
    const history = [
      line("raise", 10),
      line("acknowledge", 12),
      line("late", 15),
      line("clear", 30),
    ];
    const found = compare(
      [step("pending", 5), step("raise", 10), step("clear", 20)],
      history,
      0,
      99,
    );
    expect(found).toEqual({
      same: 1,
      onlyInHistory: [step("clear", 30)],
      onlyInReadings: [step("clear", 20)],
      late: [step("late", 15)],
    });
  });

  test("looks at the time that was asked for alone", () => {
    const { same, onlyInHistory } = compare([step("raise", 10)], [line("raise", 10)], 11, 99);
    expect([same, onlyInHistory]).toEqual([0, []]);
  });
});
