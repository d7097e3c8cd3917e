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
    checkpoint() {
      first.checkpoint();
      second.checkpoint();
    },
    get durablePosition() {
      return Math.min(first.durablePosition, second.durablePosition);
    },
  };
}
