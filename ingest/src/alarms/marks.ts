import type { Alarm, AlarmEvent, AlarmTransition } from "@kenh/schemas";

/** When an alarm is called a nuisance (ISA-18.2: chattering and stale alarms). */
export const markLimits = {
  /** So many raises and clears … */
  chatteringTransitions: 3,
  /** … within this time are chattering, */
  chatteringWithinMs: 60_000,
  /** of which one is told until it has been quiet for this long. */
  chatteringQuietMs: 10 * 60_000,
  /** Active for longer than a day: somebody has got used to it. */
  staleMs: 24 * 3_600_000,
} as const;

const announcing: ReadonlySet<AlarmEvent> = new Set<AlarmEvent>([
  "raise",
  "escalate",
  "re-alarm",
  "unsuppress",
  "unshelve",
  "return-to-service",
]);

/** Whether a transition asks for somebody's attention: the alarm is new to the list, or new again. */
export function isAnnounced({ event, state }: Pick<AlarmTransition, "event" | "state">): boolean {
  return state === "unacknowledged" && announcing.has(event);
}

/** The instant of the last raise or clear of which the limit of a minute was full; null when none was. */
export function chatteredAt(
  history: readonly Pick<AlarmTransition, "event" | "at">[],
): number | null {
  const turns = history
    .filter(({ event }) => event === "raise" || event === "clear")
    .map(({ at }) => at);
  for (let last = turns.length - 1; last >= markLimits.chatteringTransitions - 1; last--) {
    const first = turns[last - markLimits.chatteringTransitions + 1] as number;
    const end = turns[last] as number;
    if (end - first <= markLimits.chatteringWithinMs) return end;
  }
  return null;
}

/** The marks of an alarm that is not over, at `now` by the station's clock. Pure. */
export function marksOf(
  alarm: Pick<Alarm, "active" | "raisedAt" | "history">,
  now: number,
): ("chattering" | "stale")[] {
  const marks: ("chattering" | "stale")[] = [];
  const chattered = chatteredAt(alarm.history);
  if (chattered !== null && now - chattered <= markLimits.chatteringQuietMs) {
    marks.push("chattering");
  }
  if (alarm.active && alarm.raisedAt !== null && now - alarm.raisedAt > markLimits.staleMs) {
    marks.push("stale");
  }
  return marks;
}
