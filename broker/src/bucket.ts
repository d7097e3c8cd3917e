import type { Clock } from "@kenh/schemas";

/** Takes one token: 0 when there was one, else the milliseconds until there will be. */
export type Bucket = () => number;

/** A token bucket that is full at first. A clock that jumps back gives nothing, one that jumps ahead fills it once. */
export function tokenBucket(perSecond: number, burst: number, now: Clock): Bucket {
  let tokens = burst;
  let at = now();
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + (Math.max(0, time - at) * perSecond) / 1000);
    at = time;
    if (tokens < 1) return Math.max(1, Math.ceil(((1 - tokens) * 1000) / perSecond));
    tokens--;
    return 0;
  };
}
