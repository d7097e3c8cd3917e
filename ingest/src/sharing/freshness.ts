import type { Period } from "@kenh/schemas";
import { lengthOf, type Span } from "./civil.ts";

/**
 * How current a dataset is. `not-connected`: nothing has ever come. The others are the states that the
 * Humanitarian Data Exchange publishes: up to date, due, overdue, delinquent.
 */
export const freshnessStates = [
  "up-to-date",
  "due",
  "overdue",
  "delinquent",
  "not-connected",
] as const;
export type SharingState = (typeof freshnessStates)[number];

const dayMs = 86_400_000;

/**
 * From the moment that an update is due, how long until it is overdue and until it is delinquent. From
 * a day on the thresholds of the Humanitarian Data Exchange; below a day its ratio for a day: two and
 * three periods.
 */
function thresholds(period: Period): { overdueMs: number; delinquentMs: number } {
  if (period.endsWith("mo")) {
    return period === "1mo"
      ? { overdueMs: 14 * dayMs, delinquentMs: 30 * dayMs }
      : { overdueMs: 30 * dayMs, delinquentMs: 60 * dayMs };
  }
  if (period.endsWith("w")) return { overdueMs: 7 * dayMs, delinquentMs: 14 * dayMs };
  const length = lengthOf(period);
  return { overdueMs: 2 * length, delinquentMs: 3 * length };
}

/** Of a span, what lies in none of the others; they are in order of their start. */
export function outside({ start, end }: Span, others: readonly Span[]): number {
  let left = 0;
  let at = start;
  for (const other of others) {
    if (other.end <= at) continue;
    if (other.start >= end) break;
    left += Math.max(0, other.start - at);
    at = Math.max(at, other.end);
  }
  return left + Math.max(0, end - at);
}

/**
 * @param dueAt when the first update was due that has not come; exempt time after it does not count
 */
export function stateAt(
  period: Period,
  dueAt: number,
  now: number,
  exempt: readonly Span[],
): SharingState {
  if (now <= dueAt) return "up-to-date";
  const elapsed = outside({ start: dueAt, end: now }, exempt);
  const { overdueMs, delinquentMs } = thresholds(period);
  if (elapsed <= overdueMs) return "due";
  return elapsed <= delinquentMs ? "overdue" : "delinquent";
}
