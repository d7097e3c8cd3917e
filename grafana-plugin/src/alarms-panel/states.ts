import type { Alarm } from "@kenh/schemas";
import type { ShownAlarm } from "../shared/alarm-frame.ts";
import { type CallKind, needsEngineer } from "./calls.ts";

type Stated = Pick<ShownAlarm, "state">;

/** Alarms that nobody has to look at now: by an operator, by logic, or for maintenance. */
export function isPutAside({ state }: Stated): boolean {
  return state === "shelved" || state === "suppressed" || state === "out-of-service";
}

/** Alarms that wait for an operator's acknowledgement. */
export function isUnacknowledged({ state }: Stated): boolean {
  return state === "unacknowledged" || state === "returned";
}

/** What the person may do. */
export interface Rights {
  readonly operate: boolean;
  readonly maintain: boolean;
}

const possible: Record<Alarm["state"], readonly CallKind[]> = {
  normal: [],
  unacknowledged: ["acknowledge", "shelve", "out-of-service", "comment"],
  acknowledged: ["shelve", "out-of-service", "comment"],
  returned: ["acknowledge", "shelve", "out-of-service", "comment"],
  shelved: ["unshelve", "out-of-service", "comment"],
  suppressed: ["out-of-service", "comment"],
  "out-of-service": ["return-to-service", "comment"],
};

/**
 * The calls that make sense for an alarm and that the person may ask for, the most usual first. None
 * for an alarm of a unit's own station: it answers to its own operators.
 */
export function offeredCalls(
  { state, ward }: Stated & Partial<Pick<ShownAlarm, "ward">>,
  rights: Rights,
): CallKind[] {
  if (ward) return [];
  return possible[state].filter((kind) => (needsEngineer(kind) ? rights.maintain : rights.operate));
}

/** The lists of the panel. */
export const views = [
  "service",
  "shelved",
  "suppressed",
  "out-of-service",
  "stale",
  "chattering",
] as const;
export type View = (typeof views)[number];

/** Whether an alarm is on a list. What an operator has put aside is neither standing nor chattering. */
export function isIn(view: View, alarm: Pick<ShownAlarm, "state" | "stale" | "chattering">) {
  const inService = alarm.state !== "normal" && !isPutAside(alarm);
  if (view === "service") return inService;
  if (view === "stale") return inService && alarm.stale;
  if (view === "chattering") return inService && alarm.chattering;
  return alarm.state === view;
}
