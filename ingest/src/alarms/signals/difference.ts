/**
 * `a − b` to nine decimals: 1.4 − 1.1 is 0.3 and reaches a limit of 0.3, though in binary it is a little
 * less. No quantity has a resolution so fine.
 */
export function difference(a: number, b: number): number {
  return Math.round((a - b) * 1e9) / 1e9;
}
