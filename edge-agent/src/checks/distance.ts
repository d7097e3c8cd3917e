/**
 * How far two values lie apart, less what binary arithmetic can add: 1.01 and 1 are 0.01 apart, and a
 * sensor that resolves 0.01 stays within a bound of 0.01.
 */
export function distance(a: number, b: number): number {
  const rounding = Math.max(Math.abs(a), Math.abs(b)) * Number.EPSILON;
  return Math.max(0, Math.abs(a - b) - rounding);
}
