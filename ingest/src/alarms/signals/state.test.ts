import { describe, expect, test } from "vitest";
import { type Crossing, elapse } from "../evaluate.ts";
import { makeRule } from "../rule.fixture.ts";
import { every, type Reading, run, told } from "../run.fixture.ts";

const device = { intervalMs: undefined };
const onBattery = { kind: "state" as const, quantity: "ups_status", priority: 2 as const };

const cases: [name: string, rule: ReturnType<typeof makeRule>, Reading[], string[]][] = [
  [
    "one of the values",
    makeRule({ ...onBattery, equals: ["OB", 5, true] }),
    every(1, ["OL", "OB", "OB LB", 5, "5", true, false]),
    ["raise@1 0", "clear@2", "raise@3 0", "clear@4", "raise@5 0", "clear@6"],
  ],
  [
    "one of the words, and no part of one",
    makeRule({ ...onBattery, includes: ["OB", "LB"] }),
    every(1, ["OL", "OBX", "ALARM,LB", "OL CHRG", "DISCHRG OB"]),
    ["raise@2 0", "clear@3", "raise@4 0"],
  ],
  [
    "a bit, of numbers past 32 bits too",
    makeRule({ ...onBattery, bit: 3 }),
    every(1, [7, 8, 0, 2 ** 40 + 8, 2 ** 40, -8]),
    ["raise@1 0", "clear@2", "raise@3 0", "clear@4", "raise@5 0"],
  ],
  [
    "its delay runs out by time, whichever reading tells it",
    makeRule({ ...onBattery, includes: ["OB"], onDelayMs: 5, offDelayMs: 60 }),
    [
      [0, "OB"],
      [100, "OL"],
      [300, "OL"],
    ],
    ["raise@5 0", "clear@160"],
  ],
  [
    "a state that was another at the end of its delay had held for it",
    makeRule({ ...onBattery, includes: ["OB"], onDelayMs: 5 }),
    [
      [0, "OB"],
      [5, "OL"],
    ],
    ["raise@5 0", "clear@5"],
  ],
  [
    "a shorter one is none",
    makeRule({ ...onBattery, includes: ["OB"], onDelayMs: 5 }),
    [
      [0, "OB"],
      [4, "OL"],
      [9, "OL"],
    ],
    [],
  ],
  [
    "where readings are counted too, the last of them may be what is waited for",
    makeRule({ ...onBattery, includes: ["OB"], onDelayMs: 5, onSamples: 2 }),
    [
      [0, "OB"],
      [50, "OB"],
    ],
    ["raise@50 0"],
  ],
];

describe("state", () => {
  test.each(cases)("%s", (_, rule, readings, crossings) => {
    expect(told(run(rule, readings).crossings)).toEqual(crossings);
  });

  const rule = makeRule({ ...onBattery, includes: ["OB"], onDelayMs: 5000, offDelayMs: 60_000 });
  const tick = (from: ReturnType<typeof run>["state"], now: number) => {
    const state = structuredClone(from);
    return { state, crossings: elapse(rule, device, state, { now, heardAt: 0 }) };
  };

  test("a tick tells it without a reading, at the instant at which it was due", () => {
    const { state } = run(rule, [[1000, "OB"]]);
    expect(state.due).toBe(6000);
    expect(tick(state, 5999)).toEqual({ state, crossings: [] });
    const raised = tick(state, 90_000);
    const raise: Crossing = { event: "raise", at: 6000, value: null, level: 0 };
    expect(raised.crossings).toEqual([raise]);
    expect(raised.state.due).toBeNull();
    expect(tick(raised.state, 99_000).crossings).toEqual([]);
  });

  test("a reading that comes behind what time has decided counts from there on, as late", () => {
    const { state } = tick(run(rule, [[0, "OB"]]).state, 7000);
    const after = run(rule, [[4000, "OL"]], device, state);
    expect(after).toMatchObject({ late: 1, crossings: [] });
    expect(after.state.due).toBe(65_000);
    expect(told(tick(after.state, 65_000).crossings)).toEqual(["clear@65000"]);
  });

  test("without a delay there is nothing to wait for", () => {
    const { state } = run(makeRule({ ...onBattery, equals: [true] }), [[0, true]]);
    expect(state).toMatchObject({ level: 0, due: null });
  });
});
