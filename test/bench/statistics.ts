/** The middle of some numbers. @throws RangeError when there are none. */
export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

/** The value below which the given part of sorted numbers lies. @throws RangeError when there are none. */
export function quantile(sorted: Float64Array, part: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  if (value === undefined) throw new RangeError("no values to take a quantile of");
  return value;
}

/** Two decimals, for a person. */
export const show = (value: number, digits = 2): string => value.toFixed(digits);

/** Something to do whose CPU is measured; what it needs is made outside of that. */
export interface Work<T> {
  prepare(): T;
  run(prepared: T): unknown;
}

/** Times a turn: what runs for weeks is measured once it is compiled. */
const warmUp = 25;

/**
 * CPU of this process for one run of each of two works, taken in turns: the least of the turns in
 * seconds, for whatever disturbs only adds, and their ratio. Garbage collection and the thread pool
 * are counted in.
 */
export async function compare<T>(
  subject: Work<T>,
  base: Work<T>,
  { turns, workMs }: { turns: number; workMs: number },
): Promise<{ subject: number; base: number; ratio: number }> {
  for (const work of [subject, base]) await cpuOf(work, workMs * warmUp);
  const least = { subject: Number.POSITIVE_INFINITY, base: Number.POSITIVE_INFINITY };
  for (let turn = 0; turn < turns; turn++) {
    least.subject = Math.min(least.subject, await cpuOf(subject, workMs));
    least.base = Math.min(least.base, await cpuOf(base, workMs));
  }
  return { ...least, ratio: least.subject / least.base };
}

async function cpuOf<T>({ prepare, run }: Work<T>, workMs: number): Promise<number> {
  let used = 0;
  let runs = 0;
  const end = performance.now() + workMs;
  do {
    const prepared = prepare();
    const before = process.cpuUsage();
    const pending = run(prepared);
    if (pending instanceof Promise) await pending;
    const { user, system } = process.cpuUsage(before);
    used += user + system;
    runs++;
  } while (performance.now() < end);
  return used / 1e6 / runs;
}
