import { type Alarm, dispatchSchema } from "@kenh/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { begin } from "../begin.ts";
import { Refusal } from "../operate.ts";
import { makeRule } from "../rule.fixture.ts";
import {
  assign,
  type DispatchCall,
  deadlineLimits,
  fallOverdue,
  isWithAgency,
  operateDispatch,
  type Stepped,
} from "./steps.ts";

const now = 1_790_000_000_000;
const minute = 60_000;
const alarm: Alarm = begin(
  "82/29869/cau-cao-lanh/muc-nuoc-01",
  makeRule({ kind: "high", levels: [{ limit: 2, priority: 2 }], hysteresis: 0.1 }),
  now,
);
const order = {
  agency: "82/29869/kinh-te",
  label: { vi: "Phòng Kinh tế", en: "Economy office" },
  place: { vi: "Cầu Cao Lãnh, Mực nước", en: "Cao Lãnh bridge, Level" },
  instruction: "Kiểm tra cống số 3",
  deadline: now + 30 * minute,
};
const by = (at: number) => ({ actor: "Lan (0123)", scope: "82/29869", now: at });
const assigned = () => assign("d1", alarm, order, null, by(now));
const call = (kind: DispatchCall["kind"]) => ({ kind, comment: "xong" }) as DispatchCall;
const take = (at: Stepped, kind: DispatchCall["kind"], after: number): Stepped =>
  operateDispatch(at, call(kind), at.dispatch.version, by(now + after));

describe("an alarm that is given to an agency", () => {
  test("says so itself, in its history and to whoever reads it, and keeps its own state", () => {
    const { alarm: after, dispatch } = assigned();
    expect(after).toMatchObject({
      state: alarm.state,
      version: alarm.version + 1,
      dispatch: { id: "d1", state: "assigned", deadline: order.deadline, overdue: false },
    });
    expect(after.history.at(-1)).toMatchObject({
      event: "dispatch",
      actor: "Lan (0123)",
      comment: "Phòng Kinh tế: Kiểm tra cống số 3",
    });
    expect(dispatchSchema.parse(dispatch)).toMatchObject({
      ...{ agency: order.agency, assignedBy: "Lan (0123)", version: 1, previous: null },
      history: [{ event: "assign", state: "assigned", scope: "82/29869", alarmVersion: 1 }],
    });
  });

  test("is handled late when that is after the deadline, and not when it is on it", () => {
    expect(take(assigned(), "handle", 30 * minute).dispatch).toMatchObject({ late: false });
    const late = take(fallOverdue(assigned(), now + 30 * minute), "handle", 31 * minute);
    expect(late.dispatch).toMatchObject({ state: "handled", late: true, overdue: false });
    expect(late.alarm.dispatch).toMatchObject({ state: "handled", late: true, overdue: false });
  });

  test("is no longer marked once it was withdrawn", () => {
    const { alarm: after } = take(assigned(), "withdraw", minute);
    expect(after.dispatch).toBeUndefined();
  });

  test("a word on a dispatch that is over leaves what the alarm says of the new one", () => {
    const first = take(assigned(), "withdraw", minute);
    const second = assign("d2", first.alarm, order, "d1", by(now + minute));
    const { alarm: after } = take({ ...first, alarm: second.alarm }, "comment", 2 * minute);
    expect(after.dispatch?.id).toBe("d2");
  });

  test.each([
    ["in the past", now - 1],
    ["at once", now + deadlineLimits.leastMs - 1],
    ["in more than a month", now + deadlineLimits.mostMs + 1],
  ])("a deadline %s is refused", (_name, deadline) => {
    expect(() => assign("d1", alarm, { ...order, deadline }, null, by(now))).toThrow(
      expect.objectContaining({ kind: "bad-value" }),
    );
  });

  test("a call for another version than the one that stands is refused", () => {
    expect(() => operateDispatch(assigned(), call("accept"), 7, by(now))).toThrow(
      expect.objectContaining({ kind: "stale-version" }),
    );
  });
});

const legal: Readonly<Record<string, readonly string[]>> = {
  accept: ["assigned accepted"],
  handle: ["assigned handled", "accepted handled"],
  return: ["assigned returned", "accepted returned"],
  withdraw: ["assigned withdrawn", "accepted withdrawn", "returned withdrawn"],
  overdue: ["assigned assigned", "accepted accepted"],
  comment: ["assigned", "accepted", "returned", "handled", "withdrawn"].map((s) => `${s} ${s}`),
};

test("any order of calls and of time gives a history that is legal", () => {
  const kinds = ["accept", "handle", "return", "withdraw", "comment", "overdue"] as const;
  const steps = fc.record({ kind: fc.constantFrom(...kinds), waitMs: fc.nat(20 * minute) });
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 30 }), (sequence) => {
      let at = assigned();
      let time = now;
      for (const { kind, waitMs } of sequence) {
        time += waitMs;
        const before = at;
        const { dispatch } = before;
        if (kind === "overdue") {
          if (!isWithAgency(dispatch) || dispatch.overdue || time < dispatch.deadline) continue;
          at = fallOverdue(before, time);
        } else {
          try {
            at = operateDispatch(before, call(kind), dispatch.version, by(time));
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            expect(legal[kind]?.some((one) => one.startsWith(`${dispatch.state} `))).toBe(false);
            continue;
          }
        }
        expect(legal[kind]).toContain(`${dispatch.state} ${at.dispatch.state}`);
        expect(at.dispatch.version).toBe(dispatch.version + 1);
        expect(at.dispatch.history.length).toBe(at.dispatch.version);
        expect(at.alarm.version).toBe(before.alarm.version + 1);
        expect(at.alarm.state).toBe(alarm.state);
        expect(at.dispatch.late).toBe((at.dispatch.handledAt ?? 0) > order.deadline);
        dispatchSchema.parse(at.dispatch);
      }
    }),
    { numRuns: 300 },
  );
});
