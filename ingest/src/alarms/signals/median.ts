/** As many are put in order in place; more are sorted. */
const few = 16;
const ordered = new Float64Array(few);

/** The median of at least one number. */
export function median(values: readonly number[]): number {
  const count = values.length;
  // Of numbers alone: sorted without a call for each comparison.
  const sorted = count > few ? Float64Array.from(values).sort() : order(values);
  const middle = count >> 1;
  const upper = sorted[middle] as number;
  return count % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** A median is taken of each reading: of few numbers nothing is made anew for it. */
function order(values: readonly number[]): Float64Array {
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    let at = i;
    for (; at > 0 && (ordered[at - 1] as number) > value; at -= 1) {
      ordered[at] = ordered[at - 1] as number;
    }
    ordered[at] = value;
  }
  return ordered;
}
