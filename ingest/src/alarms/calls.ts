import type { Alarm, Clock } from "@kenh/schemas";
import type { Alarms } from "./alarms.ts";
import { begin } from "./begin.ts";
import type { Book, Change } from "./book.ts";
import { createDispatches } from "./dispatch/dispatches.ts";
import { acknowledge } from "./evaluate.ts";
import type { LiveAlarms } from "./live.ts";
import { operate, Refusal } from "./operate.ts";
import { rowOf, type Subject, type Subjects } from "./subjects.ts";
import type { Watches } from "./watches.ts";

interface CallParts {
  readonly book: Book;
  readonly live: LiveAlarms;
  readonly subjects: Subjects;
  readonly watches: () => Watches;
  readonly now: Clock;
  /** Makes durable what was found out before. */
  readonly write: () => void;
  /** The subjects that are written with a transition of a device. */
  readonly writtenWith: (device: Alarm["device"]) => Iterable<Subject>;
  readonly tell: (alarms: readonly Alarm[], changes: readonly Change[]) => void;
}

/** Carries out what operators call for: durable, then told, and once for each idempotency key. */
export function createCalls({
  book,
  live,
  subjects,
  watches,
  now,
  write,
  writtenWith,
  tell,
}: CallParts): Pick<Alarms, "operate" | "takeOut" | "dispatches"> & {
  /** Tells once of each dispatch whose deadline is over. */
  expireDispatches(now: number): void;
} {
  /** What was answered to the same call before. @throws Refusal when the key was used for another. */
  function answered(key: string | undefined, request: string): string | undefined {
    const before = key === undefined ? undefined : book.answered(key);
    if (!before || before.request === request) return before?.json;
    throw new Refusal(
      "key-reused",
      "this Idempotency-Key was used for another call: make a new one",
    );
  }

  const rowsWith = ({ device }: Alarm) => [...writtenWith(device)].map((one) => rowOf(one));

  function record(next: Alarm, key: string | undefined, request: string, at: number) {
    const rows = rowsWith(next);
    const changes = book.record([next], rows, key === undefined ? undefined : { key, request, at });
    live.enter(next);
    tell([next], changes);
    return changes[0]?.json;
  }

  /** @throws Refusal when a newer alarm of the same rule and device stands where this one would. */
  function refuseTwo({ id, device, rule }: Alarm, kind: string): void {
    const newest = book.newest(device, rule);
    if (newest === id) return;
    throw new Refusal("wrong-state", `alarm ${id} is over; the one to ${kind} is ${newest}`);
  }

  const { expire, ...dispatches } = createDispatches({
    ...{ book: book.dispatches, now, write },
    answered: (key) => book.answered(key),
    alarm(id) {
      const alarm = live.byId(id) ?? book.current(id);
      if (alarm) refuseElsewhere(alarm);
      return alarm;
    },
    record(alarms, along, call) {
      const changes = book.record(alarms, alarms.slice(0, 1).flatMap(rowsWith), call, [], along);
      for (const alarm of alarms) live.enter(alarm);
      tell(alarms, changes);
    },
  });

  return {
    dispatches,
    expireDispatches: expire,
    operate(id, call, { actor, version, idempotencyKey: key }) {
      write();
      const request = JSON.stringify([id, call, version]);
      const before = answered(key, request);
      if (before !== undefined) return before;
      const alarm = live.byId(id) ?? book.current(id);
      if (!alarm) return undefined;
      refuseElsewhere(alarm);
      const at = now();
      const next = operate(alarm, call, { actor, version, now: at });
      if (alarm.state === "normal" && next.state !== "normal") refuseTwo(alarm, call.kind);
      if (call.kind !== "acknowledge") return record(next, key, request, at);
      const subject = subjects.get(alarm.device);
      const index = subject?.plan.indexOf.get(alarm.rule);
      const state = index === undefined ? undefined : subject?.states[index];
      if (!subject || index === undefined || !state) return record(next, key, request, at);
      subject.states[index] = acknowledge(state);
      try {
        return record(next, key, request, at);
      } catch (error) {
        subject.states[index] = state;
        throw error;
      }
    },

    takeOut(device, id, { comment, until }, { actor, idempotencyKey }) {
      write();
      const rule = watches().at(device).rule(id);
      if (!rule) return undefined;
      const request = JSON.stringify([device, id, comment, until]);
      const before = answered(idempotencyKey, request);
      if (before !== undefined) return before;
      const at = now();
      const alarm = live.of(device, id) ?? begin(device, rule, at);
      const call = { kind: "out-of-service", comment, until } as const;
      const next = operate(alarm, call, { actor, version: alarm.version, now: at });
      return record(next, idempotencyKey, request, at);
    },
  };
}

/** @throws Refusal for an alarm that a unit's own station judges: its history is written there. */
function refuseElsewhere({ id, ward }: Alarm): void {
  if (ward === undefined) return;
  throw new Refusal(
    "wrong-state",
    `alarm ${id} is the own of the station of ${ward}: what is done with it is done there, and comes here`,
  );
}
