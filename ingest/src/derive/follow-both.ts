import type { Follower } from "../follow.ts";

/**
 * Two followers as one. What the second one lets go of at a checkpoint may rest on what the first one
 * holds: so the first is made durable first.
 */
export function followBoth(first: Follower, second: Follower): Follower {
  return {
    feed(...fed) {
      first.feed(...fed);
      second.feed(...fed);
    },
    checkpoint(ms) {
      return first.checkpoint(ms) || second.checkpoint(ms);
    },
    get durablePosition() {
      return Math.min(first.durablePosition, second.durablePosition);
    },
  };
}
