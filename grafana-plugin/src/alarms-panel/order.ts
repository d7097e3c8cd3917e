import type { ShownAlarm } from "../shared/alarm-frame.ts";

/** Alarms that nobody has to look at now: shown last and dimmed, never hidden. */
export function isPutAside(alarm: Pick<ShownAlarm, "state">): boolean {
  return (
    alarm.state === "shelved" || alarm.state === "suppressed" || alarm.state === "out-of-service"
  );
}

/** Alarms that wait for an operator's acknowledgement. */
export function isUnacknowledged(alarm: Pick<ShownAlarm, "state">): boolean {
  return alarm.state === "unacknowledged" || alarm.state === "returned";
}

/** The alarms to show: without the normal ones; by priority, then newest; what is put aside last. */
export function order(alarms: readonly ShownAlarm[]): ShownAlarm[] {
  return alarms
    .filter((alarm) => alarm.state !== "normal")
    .sort(
      (a, b) =>
        Number(isPutAside(a)) - Number(isPutAside(b)) ||
        a.priority - b.priority ||
        (b.raisedAt ?? 0) - (a.raisedAt ?? 0) ||
        (a.id < b.id ? -1 : 1),
    );
}
