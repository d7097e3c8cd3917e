/** The name that was most likely meant, as `: did you mean x?`; empty where none is near. */
export function didYouMean(given: string, names: Iterable<string>): string {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(given.length / 3)) + 1;
  for (const name of names) {
    const steps = distance(given, name, least);
    if (steps < least) {
      least = steps;
      best = name;
    }
  }
  return best === undefined ? "" : `: did you mean ${best}?`;
}

/** Letters to insert, remove, replace or swap with their neighbour; no more than `most`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const changed = Math.min(replaced, (last[j] as number) + 1, (row[j - 1] as number) + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(swapped ? Math.min(changed, (before[j - 2] as number) + 1) : changed);
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}
