import { hourMs } from "./hour-mean.ts";
import { dayHours } from "./vn-aqi.ts";

/**
 * What is derived, in this order: the means of an hour (`hour`) from its readings, its index (`index`)
 * from the means of twelve hours, the index of a day (`day`) from the means of its hours.
 */
export const steps = ["hour", "index", "day"] as const;
export type Step = (typeof steps)[number];

export const dayMs = dayHours * hourMs;
/** Vietnam has kept this distance from UTC since 1975 and knows no summer time. */
const zoneMs = 7 * hourMs;

/** The start of the hour that an instant is in. */
export function hourOf(ts: number): number {
  return Math.floor(ts / hourMs) * hourMs;
}

/** The start, 00:00 in Vietnam, of the day that an instant is in. */
export function dayOf(ts: number): number {
  return Math.floor((ts + zoneMs) / dayMs) * dayMs - zoneMs;
}

/** When a step that starts there has ended. */
export function endOf(step: Step, start: number): number {
  return start + (step === "day" ? dayMs : hourMs);
}
