interface Timed {
  readonly ts: number;
  readonly value: number;
}

/**
 * Makes a running median over at most `of` readings not older than `withinMs`. An even number has no
 * middle, so its oldest is left out: two readings give the newer one.
 */
export function runningMedian(of: number, withinMs: number): (reading: Timed) => number {
  let kept: readonly Timed[] = [];
  return (reading) => {
    kept = [...kept, reading].slice(-of).filter(({ ts }) => reading.ts - ts < withinMs);
    const odd = kept.length % 2 === 0 ? kept.slice(1) : kept;
    const sorted = odd.map(({ value }) => value).sort((a, b) => a - b);
    return sorted[(sorted.length - 1) / 2] ?? reading.value;
  };
}
