import type { Period } from "@kenh/schemas";

/** Vietnam has one civil time, seven hours ahead of UTC, without summer time. */
const offsetMs = 7 * 3_600_000;
const dayMs = 86_400_000;

/** From `start` on and before `end`, milliseconds since 1970 UTC. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A civil month such as `2026-10`. */
export type Month = string;
export const monthPattern = /^\d{4}-(0[1-9]|1[0-2])$/;

/** The instant of a local date and, when given, time: `2026-10-05`, `2026-10-05T06:00`. */
export function instantOf(local: string): number {
  const time = local.length > 10 ? local : `${local}T00:00`;
  const ms = Date.parse(`${time}Z`);
  if (Number.isNaN(ms)) throw new RangeError(`${local} is no date and no local time`);
  return ms - offsetMs;
}

/** The instant as local `2026-10-05T06:00:00`. */
export function localOf(ts: number): string {
  return new Date(ts + offsetMs).toISOString().slice(0, 19);
}

/** The civil month that an instant lies in. */
export const monthOf = (ts: number): Month => localOf(ts).slice(0, 7);

/** The month that is `by` months after another. */
export function monthAfter(month: Month, by = 1): Month {
  const at = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by;
  return `${String(Math.floor(at / 12)).padStart(4, "0")}-${String((at % 12) + 1).padStart(2, "0")}`;
}

/** The last whole month before an instant. */
export const lastMonth = (ts: number): Month => monthAfter(monthOf(ts), -1);

/** The whole of a month. */
export function monthSpan(month: Month): Span {
  return { start: instantOf(`${month}-01`), end: instantOf(`${monthAfter(month)}-01`) };
}

/** The nominal length of a period; of months and quarters that of 30 and 90 days. */
export function lengthOf(period: Period): number {
  const count = Number.parseInt(period, 10);
  const unit = period.replace(/^\d+/, "") as "m" | "h" | "d" | "w" | "mo";
  return count * { m: 60_000, h: 3_600_000, d: dayMs, w: 7 * dayMs, mo: 30 * dayMs }[unit];
}

/** 5 January 1970 was a Monday: weeks, and pairs of weeks, are counted from it. */
const firstMonday = 4 * dayMs;

/** The period that an instant lies in. */
export function periodAt(period: Period, ts: number): Span {
  if (period.endsWith("mo")) {
    const months = Number.parseInt(period, 10);
    const month = monthOf(ts);
    const first = monthAfter(month, -((Number(month.slice(5)) - 1) % months));
    return { start: monthSpan(first).start, end: monthSpan(monthAfter(first, months)).start };
  }
  const length = lengthOf(period);
  const anchor = period.endsWith("w") ? firstMonday - offsetMs : -offsetMs;
  const start = Math.floor((ts - anchor) / length) * length + anchor;
  return { start, end: start + length };
}

/** The periods whose last moment lies in a span, in order: each belongs to one month. */
export function* periodsEndingIn(period: Period, { start, end }: Span): Generator<Span> {
  let at = periodAt(period, start);
  while (at.end <= end) {
    if (at.end > start) yield at;
    at = periodAt(period, at.end);
  }
}
