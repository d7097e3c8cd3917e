/** The median of at least one number. */
export function median(values: readonly number[]): number {
  // Of numbers alone: sorted without a call for each comparison.
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
