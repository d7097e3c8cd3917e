import type { Follower } from "../follow.ts";

/** Those that there are, as one; undefined where there is none. */
export function followAll(...all: readonly (Follower | undefined)[]): Follower | undefined {
  return all.reduce((first, next) => (first && next ? followBoth(first, next) : (first ?? next)));
}

/**
 * Two followers as one. What the second one lets go of at a checkpoint may rest on what the first one
 * holds: so the first is made durable first.
 */
export function followBoth(first: Follower, second: Follower): Follower {
  return {
    row(...row) {
      first.row?.(...row);
      second.row?.(...row);
    },
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
