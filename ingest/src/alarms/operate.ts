import type { Alarm, AlarmEvent, AlarmState, AlarmTransition } from "@kenh/schemas";
import type { Crossing } from "./evaluate.ts";

/** What an operator, or the escalation for want of one, asks for. `until` in milliseconds since 1970 UTC; null takes the default. */
export type Call =
  | {
      readonly kind: "acknowledge" | "unshelve" | "return-to-service";
      readonly comment: string | null;
    }
  | {
      readonly kind: "shelve" | "out-of-service";
      readonly comment: string;
      readonly until: number | null;
    }
  | { readonly kind: "comment" | "unanswered"; readonly comment: string };

/** How long an alarm may be hidden. */
export const hidingLimits = {
  /** One shift (facts of the field: 8 h by default, never past 24 h); also what a call without `until` gets. */
  shelveMaxMs: 8 * 3_600_000,
  /** A day of maintenance, where the call names no end. */
  outOfServiceDefaultMs: 24 * 3_600_000,
  /** Beyond a month it is no maintenance: the rule is to be changed. */
  outOfServiceMaxMs: 31 * 24 * 3_600_000,
} as const;

/**
 * Transitions that an alarm carries with it in lists, on the stream and on the alarm topic: enough
 * for an operator's glance, and bounded. All of them come with the alarm by its id.
 */
export const recentTransitions = 20;

export type RefusalKind = "stale-version" | "wrong-state" | "bad-value" | "key-reused";

/** The call makes no sense for this alarm now; the message says what would. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * The state that follows from the two facts of an alarm in service (ISA-18.2, the states A to D):
 * whether the condition holds and whether somebody has acknowledged it.
 */
function inService(active: boolean, acknowledgedAt: number | null): AlarmState {
  if (active) return acknowledgedAt === null ? "unacknowledged" : "acknowledged";
  return acknowledgedAt === null ? "returned" : "normal";
}

/** Hidden from the list of what needs attention: by an operator, by logic, or for maintenance. */
function isHidden(state: AlarmState): boolean {
  return state === "shelved" || state === "suppressed" || state === "out-of-service";
}

/** What the rule says of a crossing beside the condition. */
export interface Circumstances {
  /** What ends is to be acknowledged after that, even if it was before. */
  readonly latch: boolean;
  /** Id of the alarm that explains a raise; null where none does. */
  readonly cause: string | null;
}

/**
 * The condition began, ended or changed its level. A hidden alarm keeps its state and remembers the
 * condition; one in service goes on to unacknowledged (again, when it was `returned` or got graver),
 * or to `returned` or `normal`. What a cause explains is raised into `suppressed`.
 */
export function onCrossing(
  alarm: Alarm,
  crossing: Crossing,
  { latch, cause }: Circumstances = { latch: false, cause: null },
): Alarm {
  const { event, at, value } = crossing;
  const next = { ...alarm, ...timesOf(crossing, latch), active: event !== "clear", value };
  if (isHidden(alarm.state)) return step(next, { at, event, actor: null, comment: null });
  if (event === "raise" && cause !== null) {
    const hidden = { ...next, state: "suppressed" as const, suppressedBy: cause };
    return step(hidden, { at, event, actor: null, comment: cause });
  }
  const state = inService(next.active, next.acknowledgedAt);
  return step({ ...next, state }, { at, event, actor: null, comment: null });
}

function timesOf({ event, at }: Crossing, latch: boolean): Partial<Alarm> {
  switch (event) {
    case "raise":
      return { raisedAt: at, clearedAt: null, acknowledgedAt: null };
    case "clear":
      return latch ? { clearedAt: at, acknowledgedAt: null } : { clearedAt: at };
    case "de-escalate":
      return {};
    default:
      return { acknowledgedAt: null };
  }
}

/** Another alarm explains this one: it is hidden while that one is active. */
export function suppress(alarm: Alarm, cause: string, at: number): Alarm {
  const next = { ...alarm, state: "suppressed" as const, suppressedBy: cause };
  return step(next, { at, event: "suppress", actor: null, comment: cause });
}

/**
 * What explained it is over. What still holds is told, unless somebody had acknowledged it before;
 * what has returned meanwhile is over, but for one that has to be acknowledged in any case.
 */
export function unsuppress(alarm: Alarm, latch: boolean, at: number): Alarm {
  const { active, acknowledgedAt } = alarm;
  const state = active || latch ? inService(active, acknowledgedAt) : "normal";
  const next = { ...alarm, state, suppressedBy: null };
  return step(next, { at, event: "unsuppress", actor: null, comment: null });
}

/** A reading came too late that contradicts what the alarm was then. It is noted, and nothing is rewritten. */
export function onLate(alarm: Alarm, at: number, value: number | null): Alarm {
  const next = step(alarm, { at, event: "late", actor: null, comment: null });
  const line = { ...(next.history.at(-1) as AlarmTransition), value };
  return { ...next, history: [...next.history.slice(0, -1), line] };
}

/**
 * Carries out an operator's call.
 * @param version the one that the caller has seen
 * @throws Refusal `stale-version` when the alarm has changed since, `wrong-state` when the call makes
 * no sense in its state, `bad-value` when `until` is out of bounds.
 */
export function operate(
  alarm: Alarm,
  call: Call,
  by: { readonly actor: string; readonly version: number; readonly now: number },
): Alarm {
  if (by.version !== alarm.version) {
    throw new Refusal(
      "stale-version",
      `alarm ${alarm.id} is at version ${alarm.version}, the call was for ${by.version}: look at it again, then repeat the call`,
    );
  }
  const next = carryOut(alarm, call, by.now);
  const { actor, now } = by;
  return step(next, { at: now, event: call.kind, actor, comment: call.comment });
}

/**
 * The end of a shelving or of a maintenance has come: the alarm is announced again.
 * @param cause the id of what says it now, and keeps it from being announced; null where nothing does
 */
export function onHidingEnd(alarm: Alarm, now: number, cause: string | null): Alarm {
  const event = alarm.state === "shelved" ? "unshelve" : "return-to-service";
  const back = backInService(alarm);
  const next =
    cause === null ? back : { ...back, state: "suppressed" as const, suppressedBy: cause };
  return step(next, { at: now, event, actor: null, comment: cause });
}

function carryOut(alarm: Alarm, call: Call, now: number): Alarm {
  const { state } = alarm;
  switch (call.kind) {
    case "comment":
    case "unanswered":
      return alarm;
    case "acknowledge": {
      if (state !== "unacknowledged" && state !== "returned") {
        throw refuse(alarm, call, "only an alarm that nobody has acknowledged can be");
      }
      return { ...alarm, acknowledgedAt: now, state: inService(alarm.active, now) };
    }
    case "shelve":
      if (isHidden(state)) throw refuse(alarm, call, "bring it back first");
      return { ...alarm, state: "shelved", shelvedUntil: untilOf(call, now) };
    case "unshelve":
      if (state !== "shelved") throw refuse(alarm, call, "it is not shelved");
      return backInService(alarm);
    case "out-of-service":
      if (state === "out-of-service") throw refuse(alarm, call, "return it to service first");
      return {
        ...alarm,
        state: "out-of-service",
        shelvedUntil: untilOf(call, now),
        suppressedBy: null,
      };
    case "return-to-service":
      if (state !== "out-of-service") throw refuse(alarm, call, "it is not out of service");
      return backInService(alarm);
  }
}

/** What still holds is announced as if it were new: whoever hid it is not who must see it now. */
function backInService(alarm: Alarm): Alarm {
  const acknowledgedAt = alarm.active ? null : alarm.acknowledgedAt;
  const state = inService(alarm.active, acknowledgedAt);
  return { ...alarm, acknowledgedAt, state, shelvedUntil: null };
}

function untilOf(
  { kind, until }: Extract<Call, { kind: "shelve" | "out-of-service" }>,
  now: number,
): number {
  const { shelveMaxMs, outOfServiceMaxMs, outOfServiceDefaultMs } = hidingLimits;
  const [most, usual] =
    kind === "shelve" ? [shelveMaxMs, shelveMaxMs] : [outOfServiceMaxMs, outOfServiceDefaultMs];
  const end = until ?? now + usual;
  if (end <= now || end > now + most) {
    throw new Refusal(
      "bad-value",
      `until is ${end}; for ${kind} it must lie between now (${now}) and ${now + most}, ${most / 3_600_000} h ahead`,
    );
  }
  return end;
}

function refuse(alarm: Alarm, call: Call, why: string): Refusal {
  return new Refusal(
    "wrong-state",
    `can't ${call.kind} alarm ${alarm.id}, it is ${alarm.state}: ${why}`,
  );
}

/** The alarm with one more line in its history. */
export function step(
  next: Alarm,
  line: { at: number; event: AlarmEvent; actor: string | null; comment: string | null },
): Alarm {
  const transition: AlarmTransition = { ...line, state: next.state, value: next.value };
  return {
    ...next,
    version: next.version + 1,
    history: [...next.history, transition].slice(-recentTransitions),
  };
}
