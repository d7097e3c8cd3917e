import type { Flag, Value } from "@kenh/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Evaluation, evaluate, unevaluated } from "./evaluate.ts";
import { makeRule } from "./rule.fixture.ts";

const levels = [{ priority: 1 as const, limit: 10 }];
const limits = { kind: "high" as const, levels, hysteresis: 2 };
const rule = makeRule({ ...limits, onDelayMs: 100, offDelayMs: 200 });
const device = { intervalMs: undefined };
type Reading = readonly [ts: number, value: Value | null, flag?: Flag];

function run(readings: readonly Reading[], by = rule) {
  let state: Evaluation = unevaluated;
  let late = 0;
  const crossings: string[] = [];
  for (const [ts, value, flag = 2] of readings) {
    const verdict = evaluate(by, device, state, { ts, value, flag });
    state = verdict.state;
    if (verdict.late) late += 1;
    for (const crossing of verdict.crossings) {
      expect(crossing.value).toBe(value);
      crossings.push(`${crossing.event}@${crossing.at}`);
    }
  }
  return { crossings, late, state };
}

const cases: [name: string, readings: Reading[], crossings: string[]][] = [
  [
    "raised at the limit itself, once it has held",
    [
      [0, 10],
      [100, 10],
    ],
    ["raise@100"],
  ],
  [
    "raised by the reading that shows it, not by the clock",
    [
      [0, 11],
      [50, 11],
      [300, 11],
    ],
    ["raise@300"],
  ],
  [
    "not a millisecond early",
    [
      [0, 10],
      [99, 10],
    ],
    [],
  ],
  [
    "a dip begins the delay anew",
    [
      [0, 10],
      [50, 9.9],
      [100, 10],
      [150, 10],
    ],
    [],
  ],
  [
    "raised once",
    [
      [0, 10],
      [100, 10],
      [200, 12],
      [900, 15],
    ],
    ["raise@100"],
  ],
  [
    "within the hysteresis it stays",
    [
      [0, 10],
      [100, 10],
      [200, 8],
      [900, 8],
    ],
    ["raise@100"],
  ],
  [
    "below the hysteresis it clears after its delay",
    [
      [0, 10],
      [100, 10],
      [200, 7.9],
      [399, 7],
      [400, 7],
    ],
    ["raise@100", "clear@400"],
  ],
  [
    "a rise into the hysteresis begins that delay anew",
    [
      [0, 10],
      [100, 10],
      [200, 7],
      [300, 8],
      [400, 7],
      [500, 7],
    ],
    ["raise@100"],
  ],
  [
    "silence holds",
    [
      [0, 10],
      [86_400_000, 10],
    ],
    ["raise@86400000"],
  ],
  [
    "silence clears nothing",
    [
      [0, 10],
      [100, 10],
      [86_400_000, 7],
    ],
    ["raise@100"],
  ],
  [
    "untrusted flags neither raise nor interrupt",
    [
      [0, 10],
      [50, 1, 4],
      [60, 1, 3],
      [70, null, 9],
      [100, 10],
    ],
    ["raise@100"],
  ],
  [
    "untrusted flags don't show it either",
    [
      [0, 10, 4],
      [100, 10, 3],
      [200, 10, 9],
    ],
    [],
  ],
  [
    "what is no number is passed over",
    [
      [0, "12"],
      [100, true],
      [200, 12],
    ],
    [],
  ],
  [
    "negative times are times",
    [
      [-500, 10],
      [-400, 10],
    ],
    ["raise@-400"],
  ],
];

describe("evaluate", () => {
  test.each(cases)("%s", (_, readings, crossings) => {
    expect(run(readings).crossings).toEqual(crossings);
  });

  test("without delays the first reading decides", () => {
    const eager = makeRule(limits);
    expect(
      run(
        [
          [0, 10],
          [1, 7],
        ],
        eager,
      ).crossings,
    ).toEqual(["raise@0", "clear@1"]);
  });

  test("late readings are counted, repetitions are not", () => {
    const { late, crossings } = run([
      [0, 10],
      [100, 10],
      [100, 1],
      [50, 1],
      [0, 10],
    ]);
    expect(crossings).toEqual(["raise@100"]);
    expect(late).toBe(2);
  });

  const readings = fc
    .uniqueArray(
      fc.tuple(
        fc.integer({ min: 0, max: 5000 }),
        fc.double({ min: 5, max: 15, noNaN: true }),
        fc.constantFrom<Flag>(1, 2, 3, 4, 9),
      ),
      { selector: ([ts]) => ts, maxLength: 60 },
    )
    .map((all) => all.toSorted(([a], [b]) => a - b) as Reading[]);

  test("repeating what has come changes nothing", () => {
    fc.assert(
      fc.property(readings, fc.array(fc.nat()), (all, picks) => {
        const doubled = all.flatMap((reading, at) => [
          reading,
          ...picks.filter((n) => n % (at + 1) === 0).map((n) => all[n % (at + 1)] as Reading),
        ]);
        expect(run(doubled).crossings).toEqual(run(all).crossings);
      }),
    );
  });

  test("raise and clear alternate, and both facts are in the readings", () => {
    fc.assert(
      fc.property(readings, (all) => {
        const { crossings } = run(all);
        crossings.forEach((crossing, at) => {
          expect(crossing.startsWith(at % 2 === 0 ? "raise" : "clear")).toBe(true);
          const ts = Number(crossing.split("@")[1]);
          const value = all.find(([when]) => when === ts)?.[1] as number;
          expect(at % 2 === 0 ? value >= 10 : value < 8).toBe(true);
        });
      }),
    );
  });

  test("the state survives being written down", () => {
    fc.assert(
      fc.property(readings, fc.nat(60), (all, cut) => {
        let state: Evaluation = unevaluated;
        const crossings: string[] = [];
        all.forEach(([ts, value, flag = 2], at) => {
          if (at === cut) state = JSON.parse(JSON.stringify(state));
          const verdict = evaluate(rule, device, state, { ts, value, flag });
          state = verdict.state;
          for (const { event, at } of verdict.crossings) crossings.push(`${event}@${at}`);
        });
        expect(crossings).toEqual(run(all).crossings);
      }),
    );
  });
});
