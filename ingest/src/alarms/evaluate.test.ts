import type { AlarmRule, Flag, Value } from "@kenh/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { begun, type Crossing, type Evaluation, elapse, evaluate } from "./evaluate.ts";
import { makeRule } from "./rule.fixture.ts";

const levels = [{ priority: 1 as const, limit: 10 }];
const limits = { kind: "high" as const, levels, hysteresis: 2 };
const rule = makeRule({ ...limits, onDelayMs: 100, offDelayMs: 200 });
const device = { intervalMs: 10 };
type Reading = readonly [ts: number, value: Value | null, flag?: Flag];

function run(readings: readonly Reading[], by = rule) {
  const state = begun();
  let late = 0;
  const crossings: string[] = [];
  for (const [ts, value, flag = 2] of readings) {
    const verdict = evaluate(by, device, state, { ts, value, flag });
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
});

const steps = [
  { priority: 3 as const, limit: 4 },
  { priority: 1 as const, limit: 7, onDelayMs: 5, offDelayMs: 3 },
];
const limited = {
  levels,
  hysteresis: 1,
  onDelayMs: 20,
  offDelayMs: 30,
  onSamples: 2,
  rearmStep: 1,
};
const delays = { priority: 2 as const, onDelayMs: 20, offDelayMs: 30, offSamples: 2 };
const hours = { from: "06:00", to: "18:00", timeZone: "UTC" };

/** Every kind, with windows that hold a few readings and limits that small numbers reach. */
const rules: [name: string, AlarmRule][] = [
  ["high", makeRule({ ...limited, kind: "high" })],
  ["high, median of 3", makeRule({ ...limited, kind: "high", medianOf: 3 })],
  [
    "low",
    makeRule({
      ...limited,
      kind: "low",
      levels: steps.map((l, n) => ({ ...l, limit: 6 - 3 * n })),
    }),
  ],
  [
    "outside",
    makeRule({ ...limited, kind: "outside", levels: [{ priority: 2, low: 3, high: 7 }] }),
  ],
  ["deviation", makeRule({ ...limited, kind: "deviation", periodMs: 100, toleranceMs: 20 })],
  ["rate", makeRule({ ...limited, kind: "rate", windowMs: 60 })],
  ["jump", makeRule({ ...limited, kind: "jump", windowMs: 60 })],
  ["window, mean", makeRule({ ...limited, kind: "window", statistic: "mean", windowMs: 100 })],
  ["window, sum", makeRule({ ...limited, kind: "window", statistic: "sum", windowMs: 100 })],
  ["forecast", makeRule({ ...limited, kind: "forecast", trendMs: 100, horizonMs: 60 })],
  [
    "anomaly",
    makeRule({ ...limited, kind: "anomaly", windowMs: 400, levels: [{ priority: 4, limit: 2 }] }),
  ],
  ["state", makeRule({ ...delays, kind: "state", equals: [7, 8, 9] })],
  ["frozen", makeRule({ ...delays, kind: "frozen", epsilon: 1, forMs: 40, leastSamples: 3 })],
  ["combination", makeRule({ ...delays, kind: "combination", all: ["a.b"] })],
  ["stale", makeRule({ ...delays, kind: "stale", leastMs: 25 })],
  ["high, by daylight", makeRule({ ...limited, kind: "high", schedule: hours })],
  [
    "state, by daylight",
    makeRule({ ...delays, kind: "state", equals: [7, 8, 9], schedule: hours }),
  ],
];
const valueFor = (rule: AlarmRule, n: number): Value => (rule.kind === "combination" ? n > 5 : n);
/** Readings in order, around the end of a day's hours, some of them not to be trusted. */
const readingsOf = (rule: AlarmRule): fc.Arbitrary<Reading[]> =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom<Flag>(1, 2, 2, 2, 3, 4, 9),
      ),
      { maxLength: 80 },
    )
    .map((steps) => {
      let ts = 18 * 3_600_000 - 500;
      return steps.map(([step, n, flag]): Reading => {
        ts += step;
        return [ts, valueFor(rule, n), flag];
      });
    });

/** Judges readings one by one, ticking the clock at these instants, and passing the state through `keep`. */
function judge(
  rule: AlarmRule,
  readings: readonly Reading[],
  {
    ticks = [],
    keep = (state) => state,
  }: { ticks?: readonly number[]; keep?: (state: Evaluation) => Evaluation } = {},
): { crossings: Crossing[]; state: Evaluation } {
  const crossings: Crossing[] = [];
  let state = begun();
  let heardAt = Number.POSITIVE_INFINITY;
  const clock = ticks.toSorted((a, b) => a - b);
  const tickUntil = (end: number): void => {
    for (let now = clock[0]; now !== undefined && now <= end; now = clock[0]) {
      crossings.push(...elapse(rule, device, state, { now, heardAt }));
      state = keep(state);
      clock.shift();
    }
  };
  for (const [ts, value, flag = 2] of readings) {
    tickUntil(ts);
    const verdict = evaluate(rule, device, state, { ts, value, flag });
    crossings.push(...verdict.crossings);
    state = keep(state);
    heardAt = ts;
  }
  tickUntil(Number.POSITIVE_INFINITY);
  return { crossings, state };
}
const end = 18 * 3_600_000 + 100_000;
/** The end of everything, so that all delays that run by time have run out. */
const settled = (rule: AlarmRule, readings: readonly Reading[]) =>
  judge(rule, readings, { ticks: [...readings.map(([ts]) => ts), end] }).crossings;

describe.each(rules)("%s", (_, rule) => {
  const readings = readingsOf(rule);

  test("raises and clears in turn, in order of time, and the state says what stands", () => {
    fc.assert(
      fc.property(readings, (all) => {
        const { crossings, state } = judge(rule, all, { ticks: [...all.map(([ts]) => ts), end] });
        let level: number | null = null;
        let last = Number.NEGATIVE_INFINITY;
        for (const { event, at, level: next } of crossings) {
          expect(at).toBeGreaterThanOrEqual(last);
          last = at;
          if (event === "raise") expect([level, next !== null]).toEqual([null, true]);
          else if (event === "clear") expect([level === null, next]).toEqual([false, null]);
          else if (event === "escalate") expect(next).toBeGreaterThan(level ?? 99);
          else if (event === "de-escalate") expect(next).toBeLessThan(level ?? -99);
          else throw new Error(`${event} of an alarm that nobody has acknowledged`);
          level = next;
        }
        expect(state.level).toBe(level);
      }),
    );
  });

  // A combination is told the present, which is no reading and may come twice.
  if (rule.kind !== "combination")
    test("is not changed by what has come before", () => {
      fc.assert(
        fc.property(readings, fc.infiniteStream(fc.nat()), (all, picks) => {
          const repeated = all.flatMap((reading, at) => {
            const [n = 0] = [...picks.take(1)];
            return n % 2 === 0 ? [reading] : [reading, all[n % (at + 1)] as Reading, reading];
          });
          expect(settled(rule, repeated)).toEqual(settled(rule, all));
        }),
      );
    });

  test("goes on from a state that was written down at any point", () => {
    fc.assert(
      fc.property(readings, fc.infiniteStream(fc.boolean()), (all, writes) => {
        const keep = (state: Evaluation): Evaluation =>
          writes.next().value ? JSON.parse(JSON.stringify(state)) : state;
        expect(judge(rule, all, { keep })).toEqual(judge(rule, all));
      }),
    );
  });

  test("tells the same whenever the clock is looked at", () => {
    fc.assert(
      fc.property(readings, fc.array(fc.integer({ min: -600, max: 2000 })), (all, moments) => {
        const ticks = moments.map((ms) => 18 * 3_600_000 + ms);
        const certain = rule.kind === "stale" ? all.map(([ts]) => ts) : [];
        const often = judge(rule, all, { ticks: [...ticks, ...certain, end] }).crossings;
        expect(often).toEqual(judge(rule, all, { ticks: [...certain, end] }).crossings);
      }),
    );
  });

  test("is not moved by readings that nobody trusts", () => {
    fc.assert(
      fc.property(readings, (all) => {
        const trusted = all.filter(([, , flag = 2]) => flag < 3);
        expect(judge(rule, all).crossings).toEqual(judge(rule, trusted).crossings);
      }),
    );
  });
});

test("every kind is here", () => {
  expect(new Set(rules.map(([, { kind }]) => kind)).size).toBe(13);
});
