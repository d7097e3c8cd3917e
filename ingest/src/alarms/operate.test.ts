import { type Alarm, type AlarmEvent, type AlarmState, alarmSchema } from "@kenh/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Call,
  hidingLimits,
  onCrossing,
  onHidingEnd,
  operate,
  Refusal,
  recentTransitions,
} from "./operate.ts";

const now = 1_790_000_000_000;
const fresh: Alarm = {
  id: "a1",
  device: "82/29869/cau/muc-nuoc-01",
  rule: "water.bd3",
  priority: 1,
  state: "normal",
  active: false,
  raisedAt: null,
  clearedAt: null,
  acknowledgedAt: null,
  shelvedUntil: null,
  value: null,
  limit: 2.3,
  quantity: "water_level_m",
  message: { vi: "a", en: "a" },
  cause: { vi: "a", en: "a" },
  action: { vi: "a", en: "a" },
  version: 0,
  history: [],
};

type Step = "raise" | "clear" | "end" | Call["kind"];

function take(alarm: Alarm, step: Step, at = now): Alarm {
  if (step === "raise" || step === "clear") {
    return onCrossing(alarm, { event: step, at, value: 1, level: step === "raise" ? 0 : null });
  }
  if (step === "end") return onHidingEnd(alarm, at, null);
  const call = { kind: step, comment: "why", until: null } as Call;
  return operate(alarm, call, { actor: "t1", version: alarm.version, now: at });
}
const after = (...steps: Step[]): Alarm => steps.reduce((alarm, step) => take(alarm, step), fresh);

const paths: [steps: Step[], state: AlarmState][] = [
  [["raise"], "unacknowledged"],
  [["raise", "acknowledge"], "acknowledged"],
  [["raise", "acknowledge", "clear"], "normal"],
  [["raise", "clear"], "returned"],
  [["raise", "clear", "acknowledge"], "normal"],
  [["raise", "clear", "raise"], "unacknowledged"],
  [["raise", "comment"], "unacknowledged"],
  [["raise", "clear", "acknowledge", "comment"], "normal"],
  [["raise", "shelve"], "shelved"],
  [["raise", "acknowledge", "shelve"], "shelved"],
  [["raise", "clear", "shelve"], "shelved"],
  [["raise", "shelve", "clear"], "shelved"],
  [["raise", "shelve", "clear", "raise"], "shelved"],
  [["raise", "shelve", "unshelve"], "unacknowledged"],
  [["raise", "acknowledge", "shelve", "unshelve"], "unacknowledged"],
  [["raise", "acknowledge", "shelve", "end"], "unacknowledged"],
  [["raise", "acknowledge", "shelve", "clear", "end"], "normal"],
  [["raise", "shelve", "clear", "end"], "returned"],
  [["raise", "acknowledge", "shelve", "clear", "raise", "end"], "unacknowledged"],
  [["raise", "acknowledge", "shelve", "clear", "raise", "clear", "end"], "returned"],
  [["raise", "out-of-service"], "out-of-service"],
  [["raise", "shelve", "out-of-service"], "out-of-service"],
  [["raise", "out-of-service", "clear", "return-to-service"], "returned"],
  [["raise", "acknowledge", "out-of-service", "return-to-service"], "unacknowledged"],
  [["raise", "acknowledge", "clear", "out-of-service"], "out-of-service"],
  [["raise", "acknowledge", "clear", "out-of-service", "raise", "end"], "unacknowledged"],
  [["raise", "acknowledge", "clear", "shelve", "end"], "normal"],
];

const refused: [steps: Step[], call: Call["kind"], says: string][] = [
  [["raise", "acknowledge"], "acknowledge", "acknowledged"],
  [["raise", "acknowledge", "clear"], "acknowledge", "normal"],
  [["raise", "shelve"], "acknowledge", "shelved"],
  [["raise", "shelve"], "shelve", "bring it back first"],
  [["raise", "out-of-service"], "shelve", "bring it back first"],
  [["raise"], "unshelve", "not shelved"],
  [["raise", "out-of-service"], "unshelve", "not shelved"],
  [["raise", "out-of-service"], "out-of-service", "return it to service first"],
  [["raise"], "return-to-service", "not out of service"],
  [["raise", "shelve"], "return-to-service", "not out of service"],
];

function refusalOf(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("states of an alarm", () => {
  test.each(paths)("%j leads to %s", (steps, state) => {
    expect(after(...steps).state).toBe(state);
  });

  test.each(refused)("after %j, %s is refused and says why", (steps, kind, says) => {
    const refusal = refusalOf(() => take(after(...steps), kind));
    expect(refusal.kind).toBe("wrong-state");
    expect(refusal.message).toContain(says);
    expect(refusal.message).toContain(kind);
  });

  test("a stale version is refused before anything else is looked at", () => {
    const alarm = after("raise", "acknowledge");
    const call = { kind: "acknowledge", comment: null } as const;
    const refusal = refusalOf(() => operate(alarm, call, { actor: "t1", version: 1, now }));
    expect(refusal.kind).toBe("stale-version");
    expect(refusal.message).toContain("version 2");
  });

  test("who, when and why stand in the history", () => {
    const alarm = after("raise", "acknowledge");
    expect(alarm.history).toEqual([
      { at: now, event: "raise", state: "unacknowledged", value: 1, actor: null, comment: null },
      {
        at: now,
        event: "acknowledge",
        state: "acknowledged",
        value: 1,
        actor: "t1",
        comment: "why",
      },
    ]);
    expect(alarm).toMatchObject({ raisedAt: now, acknowledgedAt: now, active: true, version: 2 });
  });

  test("a raise makes a returned alarm new: nobody has acknowledged it", () => {
    const alarm = take(after("raise", "clear"), "raise", now + 9);
    expect(alarm).toMatchObject({ raisedAt: now + 9, clearedAt: null, acknowledgedAt: null });
  });

  const hour = 3_600_000;
  test.each([
    ["shelve", null, now + hidingLimits.shelveMaxMs],
    ["shelve", now + 1, now + 1],
    ["shelve", now + 8 * hour, now + 8 * hour],
    ["out-of-service", null, now + 24 * hour],
    ["out-of-service", now + 9 * hour, now + 9 * hour],
  ] as const)("%s until %s ends at %s", (kind, until, end) => {
    const call = { kind, until, comment: "why" };
    const alarm = operate(after("raise"), call, { actor: "t1", version: 1, now });
    expect(alarm.shelvedUntil).toBe(end);
  });

  test.each([
    ["shelve", now],
    ["shelve", now - 1],
    ["shelve", now + 8 * hour + 1],
    ["out-of-service", now],
    ["out-of-service", now + 32 * 24 * hour],
  ] as const)("%s until %s is refused with the bounds", (kind, until) => {
    const call = { kind, until, comment: "why" };
    const refusal = refusalOf(() =>
      operate(after("raise"), call, { actor: "t1", version: 1, now }),
    );
    expect(refusal.kind).toBe("bad-value");
    expect(refusal.message).toContain(String(until));
  });

  test("the history that goes with it is bounded", () => {
    const alarm = after("raise", ...Array.from({ length: 50 }, (): Step => "comment"));
    expect(alarm.history).toHaveLength(recentTransitions);
    expect(alarm.version).toBe(51);
  });
});

/** What ISA-18.2 lets each event do, from state to state; anything else would be a fault. */
const standard: Partial<Record<AlarmEvent, readonly string[]>> = {
  raise: [
    "normal unacknowledged",
    "returned unacknowledged",
    "shelved shelved",
    "out-of-service out-of-service",
  ],
  clear: [
    "unacknowledged returned",
    "acknowledged normal",
    "shelved shelved",
    "out-of-service out-of-service",
  ],
  acknowledge: ["unacknowledged acknowledged", "returned normal"],
  shelve: ["normal", "unacknowledged", "acknowledged", "returned"].map((from) => `${from} shelved`),
  unshelve: ["unacknowledged", "returned", "normal"].map((to) => `shelved ${to}`),
  "out-of-service": ["normal", "unacknowledged", "acknowledged", "returned", "shelved"].map(
    (from) => `${from} out-of-service`,
  ),
  "return-to-service": ["unacknowledged", "returned", "normal"].map((to) => `out-of-service ${to}`),
  comment: [
    "normal",
    "unacknowledged",
    "acknowledged",
    "returned",
    "shelved",
    "out-of-service",
  ].map((state) => `${state} ${state}`),
};

const steps = fc.constantFrom<Step>(
  "raise",
  "clear",
  "end",
  "acknowledge",
  "shelve",
  "unshelve",
  "out-of-service",
  "return-to-service",
  "comment",
);

describe("any sequence of events and calls", () => {
  test("stays within the states and transitions of the standard", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 80 }), (sequence) => {
        let alarm = fresh;
        let at = now;
        for (const step of sequence) {
          at += 1;
          // What the evaluation and the clock never do.
          if (step === "raise" && alarm.active) continue;
          if (step === "clear" && !alarm.active) continue;
          if (step === "end" && alarm.shelvedUntil === null) continue;
          const before = alarm;
          try {
            alarm = take(before, step, at);
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            continue;
          }
          const line = alarm.history.at(-1);
          expect(standard[line?.event ?? "raise"]).toContain(`${before.state} ${alarm.state}`);
          expect(alarm.version).toBe(before.version + 1);
          expect(line).toMatchObject({ at, state: alarm.state });
          const hidden = alarm.state === "shelved" || alarm.state === "out-of-service";
          expect(alarm.shelvedUntil !== null).toBe(hidden);
          if (!hidden) {
            expect(alarm.active).toBe(["unacknowledged", "acknowledged"].includes(alarm.state));
          }
          alarmSchema.parse(alarm);
        }
      }),
      { numRuns: 500 },
    );
  });
});
