import type {
  Alarm,
  AlarmDispatch,
  AlarmEvent,
  Dispatch,
  DispatchEvent,
  DispatchLine,
  DispatchState,
  Scope,
  Text,
} from "@kenh/schemas";
import { Refusal, step } from "../operate.ts";

/** What is asked of a dispatch that there is. */
export type DispatchCall =
  | { readonly kind: "accept"; readonly comment: string | null }
  | { readonly kind: "handle" | "return" | "withdraw" | "comment"; readonly comment: string };

/** What an agency is given to do. */
export interface Assignment {
  readonly agency: string;
  /** Of the agency. */
  readonly label: Text;
  /** Where the alarm is, in words: the agency may not be allowed to see the device. */
  readonly place: Text;
  readonly instruction: string;
  /** Milliseconds since 1970 UTC. */
  readonly deadline: number;
}

/** Who did it, and when by the station's clock. */
export interface By {
  readonly actor: string | null;
  readonly scope: Scope | null;
  readonly now: number;
}

/** How long an agency may be given. */
export const deadlineLimits = {
  /** Nobody drives to a gauge in less. */
  leastMs: 60_000,
  /** Beyond a month it is a project, and no answer to an alarm. */
  mostMs: 31 * 24 * 3_600_000,
} as const;

/** An alarm and its dispatch after a step: both are written, or neither. */
export interface Stepped {
  readonly alarm: Alarm;
  readonly dispatch: Dispatch;
}

/** In which states a call makes sense, and into which it leads; null where the state stays. */
const table: Readonly<
  Record<DispatchCall["kind"], { from: readonly DispatchState[]; to: DispatchState | null }>
> = {
  accept: { from: ["assigned"], to: "accepted" },
  handle: { from: ["assigned", "accepted"], to: "handled" },
  return: { from: ["assigned", "accepted"], to: "returned" },
  withdraw: { from: ["assigned", "accepted", "returned"], to: "withdrawn" },
  // What was learnt later belongs to it, too.
  comment: { from: ["assigned", "accepted", "returned", "handled", "withdrawn"], to: null },
};

/** Whether the agency is expected to do something. */
export function isWithAgency({ state }: Pick<Dispatch, "state">): boolean {
  return state === "assigned" || state === "accepted";
}

/** Whether somebody is expected to do something: the agency, or who assigned it. */
export function isOpen({ state }: Pick<Dispatch, "state">): boolean {
  return state !== "handled" && state !== "withdrawn";
}

/**
 * Gives an alarm to an agency.
 * @param id of the new dispatch
 * @param previous the dispatch that this one follows; null for the first
 * @throws Refusal `bad-value` when the deadline is out of bounds
 */
export function assign(
  id: string,
  alarm: Alarm,
  { agency, label, place, instruction, deadline }: Assignment,
  previous: string | null,
  by: By,
): Stepped {
  const { leastMs, mostMs } = deadlineLimits;
  if (deadline < by.now + leastMs || deadline > by.now + mostMs) {
    throw new Refusal(
      "bad-value",
      `the deadline is ${deadline}; it must lie between ${by.now + leastMs}, a minute ahead, and ${by.now + mostMs}, 31 days ahead`,
    );
  }
  const { device, rule, priority, message } = alarm;
  const blank: Dispatch = {
    ...{ id, alarm: alarm.id, device, place, rule, priority, message, agency, label },
    ...{ state: "assigned", instruction, assignedAt: by.now, assignedBy: by.actor ?? "" },
    ...{ deadline, acceptedAt: null, handledAt: null, overdue: false, late: false },
    ...{ previous, version: 0, history: [] },
  };
  return add(alarm, blank, "assign", instruction, by);
}

/**
 * Carries out a call on a dispatch.
 * @param version the one that the caller has seen
 * @throws Refusal `stale-version` when it has changed since, `wrong-state` when the call makes no
 * sense in its state
 */
export function operateDispatch(
  { alarm, dispatch }: Stepped,
  { kind, comment }: DispatchCall,
  version: number,
  by: By,
): Stepped {
  const { id, state } = dispatch;
  if (version !== dispatch.version) {
    throw new Refusal(
      "stale-version",
      `dispatch ${id} is at version ${dispatch.version}, the call was for ${version}: look at it again, then repeat the call`,
    );
  }
  const { from, to } = table[kind];
  if (!from.includes(state)) {
    throw new Refusal(
      "wrong-state",
      `can't ${kind} dispatch ${id}, it is ${state}: that can be done while it is ${from.join(" or ")}`,
    );
  }
  const next = { ...dispatch, ...(to && { state: to }) };
  if (kind === "accept") next.acceptedAt = by.now;
  if (kind === "handle") {
    next.handledAt = by.now;
    next.late = by.now > dispatch.deadline;
  }
  return add(alarm, next, kind, comment, by);
}

/** Its deadline is over and the agency has not answered: told once. */
export function fallOverdue({ alarm, dispatch }: Stepped, now: number): Stepped {
  const next = { ...dispatch, overdue: true };
  return add(alarm, next, "overdue", null, { actor: null, scope: null, now });
}

function add(
  alarm: Alarm,
  given: Dispatch,
  event: DispatchEvent,
  comment: string | null,
  { actor, scope, now: at }: By,
): Stepped {
  const dispatch = { ...given, overdue: given.overdue && isWithAgency(given) };
  const name: AlarmEvent = event === "assign" ? "dispatch" : `dispatch-${event}`;
  const said = event === "overdue" || comment === null ? "" : `: ${comment}`;
  // A history says to whom, in the words of the agency's own name.
  const line = { at, event: name, actor, comment: `${dispatch.label.vi}${said}` };
  const { dispatch: shown, ...bare } = step(alarm, line);
  const carried = shown === undefined || shown.id === dispatch.id || event === "assign";
  const next = carried ? { ...bare, ...carriedBy(dispatch) } : { ...bare, dispatch: shown };
  const own: DispatchLine = {
    ...{ at, event, state: dispatch.state, actor, scope, comment },
    alarmVersion: next.version,
  };
  return {
    alarm: next,
    dispatch: {
      ...dispatch,
      version: dispatch.version + 1,
      history: [...dispatch.history, own],
    },
  };
}

/** What the alarm carries of it. */
function carriedBy(dispatch: Dispatch): { dispatch?: AlarmDispatch } {
  const { id, agency, label, state, deadline, overdue, late } = dispatch;
  if (state === "withdrawn") return {};
  return { dispatch: { id, agency, label, state, deadline, overdue, late } };
}
