import type { Alarm } from "@kenh/schemas";
import type { WaitingAlarm } from "./way-book.ts";
import type { EscalationStep } from "./ways-file.ts";

/**
 * Whether an alarm waits for an answer, after one of its transitions. It does from its first
 * announcement until somebody acknowledges or hides it. One that comes and goes is not forgotten in
 * between: its time runs on, but nobody is told of it while its condition has gone. Pure.
 */
export function waitingAfter(
  alarm: Alarm,
  before: WaitingAlarm | undefined,
  now: number,
): WaitingAlarm | null {
  // A unit's own station calls its own people.
  if (alarm.ward !== undefined) return null;
  const { id, device, priority, version, state } = alarm;
  const begins = state === "unacknowledged";
  if (!begins && !(state === "returned" && before)) return null;
  const since = before?.since ?? now;
  const toldAfterMs = before?.toldAfterMs ?? 0;
  return { alarm: id, device, priority, version, active: begins, since, toldAfterMs };
}

/** Who is to be told of an alarm now, and after how long without an answer. */
export interface DueStep {
  readonly ways: readonly string[];
  readonly afterMs: number;
}

/** The steps that have come due since the last one, together; undefined when there is none. Pure. */
export function dueStep(
  waiting: WaitingAlarm,
  steps: readonly EscalationStep[],
  now: number,
): DueStep | undefined {
  if (!waiting.active) return undefined;
  const due = steps.flatMap(({ after, ways, places }) => {
    const afterMs = (after[waiting.priority] ?? Number.POSITIVE_INFINITY) * 60_000;
    const isHere = !places || places.some((place) => waiting.device.startsWith(`${place}/`));
    const isDue = afterMs > waiting.toldAfterMs && waiting.since + afterMs <= now;
    return isHere && isDue ? [{ ways, afterMs }] : [];
  });
  if (due.length === 0) return undefined;
  return {
    ways: [...new Set(due.flatMap(({ ways }) => ways))],
    afterMs: Math.max(...due.map(({ afterMs }) => afterMs)),
  };
}
