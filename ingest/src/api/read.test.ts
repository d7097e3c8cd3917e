import { describe, expect, test } from "vitest";
import { durationSchema, instantSchema, listOf } from "./read.ts";

describe("an instant", () => {
  test.each([
    ["0", 0],
    ["-1000", -1000],
    ["1790000000000", 1_790_000_000_000],
    ["2026-10-05T07:00:00Z", Date.UTC(2026, 9, 5, 7)],
    ["2026-10-05T14:00:00+07:00", Date.UTC(2026, 9, 5, 7)],
    ["2026-10-05T14:00+07:00", Date.UTC(2026, 9, 5, 7)],
    ["2026-10-05T07:00:00.250Z", Date.UTC(2026, 9, 5, 7) + 250],
  ])("%s is %i", (text, ts) => {
    expect(instantSchema.parse(text)).toBe(ts);
  });

  test.each([
    "",
    "now",
    "1.5",
    "2026-10-05",
    "2026-10-05T07:00:00",
    "2026-13-05T07:00:00Z",
    "2026-10-05T14:00:00 07:00",
    "9".repeat(20),
  ])("%j is none, and the fault names it", (text) => {
    const result = instantSchema.safeParse(text);
    expect(result.error?.issues[0]?.message).toContain(JSON.stringify(text));
  });
});

describe("a length of time", () => {
  test.each([
    ["250", 250],
    ["250ms", 250],
    ["60s", 60_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
  ])("%s is %i ms", (text, ms) => {
    expect(durationSchema.parse(text)).toBe(ms);
  });

  test.each(["", "0", "0s", "-5m", "1.5h", "5 m", "h", "1w"])("%j is none", (text) => {
    expect(durationSchema.safeParse(text).success).toBe(false);
  });
});

describe("a list", () => {
  test("takes one or several of its values and names any other", () => {
    const list = listOf(["a", "b"]);
    expect(list.parse("a")).toEqual(["a"]);
    expect(list.parse("b, a")).toEqual(["b", "a"]);
    expect(list.safeParse("a,c").error?.issues[0]?.message).toBe('"c" must be one of a, b');
  });
});
