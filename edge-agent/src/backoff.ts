/** Bounds of an exponential backoff in milliseconds. */
export interface BackoffBounds {
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
}

/**
 * How long to wait before attempt `failures + 1`: anywhere between zero and the exponential bound,
 * so that stations that lost power together do not come back together.
 */
export function backoffMs(failures: number, bounds: BackoffBounds, random: () => number): number {
  const ceiling = Math.min(bounds.backoffMaxMs, bounds.backoffBaseMs * 2 ** Math.min(failures, 30));
  return Math.round(random() * ceiling);
}
