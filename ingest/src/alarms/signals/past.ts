/**
 * A window of the past in so many slots: one reading in a slot is kept as it is, more are kept as
 * their mean. So a device that sends each second costs no more than one that sends every ten minutes,
 * and what is read from the window is exact for the slow one and coarser by 1/120 of the window, at
 * most, for the fast one (24 h: 12 min; 1 h: 30 s).
 */
export const slots = 120;

/** Points in time and value, oldest first, the last one still growing. Plain JSON. */
export interface Past {
  /** `ts, value` of each slot that is over, one after the other. */
  readonly closed: number[];
  /** Mean of the present slot's instants, of its values, and how many they are. */
  ts: number;
  value: number;
  count: number;
}

/** Adds a reading to the past, and drops what is older than `keepMs` before it. */
export function extend(past: Past | null, ts: number, value: number, keepMs: number): Past {
  if (!past) return { closed: [], ts, value, count: 1 };
  const slotMs = keepMs / slots;
  if (Math.floor(past.ts / slotMs) === Math.floor(ts / slotMs)) {
    past.count += 1;
    past.ts += (ts - past.ts) / past.count;
    past.value += (value - past.value) / past.count;
    return past;
  }
  const { closed } = past;
  let first = 0;
  while (first < closed.length && (closed[first] as number) < ts - keepMs) first += 2;
  if (first > 0) closed.splice(0, first);
  closed.push(past.ts, past.value);
  past.ts = ts;
  past.value = value;
  past.count = 1;
  return past;
}

/** How many points there are. */
export function countOf({ closed }: Past): number {
  return closed.length / 2 + 1;
}

/** Instant of a point, from the oldest. */
export function tsAt({ closed, ts }: Past, index: number): number {
  return index * 2 < closed.length ? (closed[index * 2] as number) : ts;
}

/** Value of a point, from the oldest. */
export function valueAt({ closed, value }: Past, index: number): number {
  return index * 2 < closed.length ? (closed[index * 2 + 1] as number) : value;
}

/**
 * The value at an instant: on the straight line between the points beside it, or of the one that
 * alone is near enough; null where none is.
 */
export function valueNear(past: Past, instant: number, toleranceMs: number): number | null {
  const count = countOf(past);
  let after = 0;
  while (after < count && tsAt(past, after) < instant) after += 1;
  const near = (index: number): boolean =>
    index >= 0 && index < count && Math.abs(tsAt(past, index) - instant) <= toleranceMs;
  const before = after - 1;
  if (!near(after)) return near(before) ? valueAt(past, before) : null;
  if (!near(before)) return valueAt(past, after);
  const from = tsAt(past, before);
  const share = (instant - from) / (tsAt(past, after) - from);
  return valueAt(past, before) + share * (valueAt(past, after) - valueAt(past, before));
}
