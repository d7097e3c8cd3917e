import type { Clock } from "@kenh/schemas";

/** What may pass in a time: tokens come in at a rate, and so many are kept at most. */
export interface Bucket {
  /** 0 when something may pass now, else the milliseconds until it may. */
  waitMs(): number;
  /** Something passes that costs so many tokens. It may cost more than there are: what comes next waits the longer. */
  take(cost?: number): void;
}

/** A bucket that is full at first. A clock that jumps back gives nothing, one that jumps ahead fills it once. */
export function tokenBucket(perSecond: number, burst: number, now: Clock): Bucket {
  let tokens = burst;
  let at = now();
  return {
    waitMs() {
      const time = now();
      tokens = Math.min(burst, tokens + (Math.max(0, time - at) * perSecond) / 1000);
      at = time;
      return tokens < 1 ? Math.max(1, Math.ceil(((1 - tokens) * 1000) / perSecond)) : 0;
    },
    take(cost = 1) {
      tokens -= cost;
    },
  };
}
