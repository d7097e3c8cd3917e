import type { Follower } from "../follow.ts";

/** Followers as one: fed in their order, and not behind what the furthest behind of them has made durable. */
function together(all: readonly Follower[], checkpoint: Follower["checkpoint"]): Follower {
  return {
    row(...row) {
      for (const one of all) one.row?.(...row);
    },
    feed(...fed) {
      for (const one of all) one.feed(...fed);
    },
    checkpoint,
    get durablePosition() {
      return Math.min(...all.map((one) => one.durablePosition));
    },
  };
}

/**
 * Those that there are, as one; undefined where there is none. None rests on another: what one can't write is its own
 * trouble, the others are made durable all the same, and the spool keeps the rows for the one that is behind.
 */
export function followAll(first: Follower, ...others: readonly (Follower | undefined)[]): Follower;
export function followAll(...some: readonly (Follower | undefined)[]): Follower | undefined;
export function followAll(...some: readonly (Follower | undefined)[]): Follower | undefined {
  const all = some.filter((one) => one !== undefined);
  if (all.length === 0) return undefined;
  return together(all, (ms) => {
    const errors: Error[] = [];
    for (const one of all) {
      try {
        // What failed is tried again with the next slice, and heard of when the others are done.
        if (one.checkpoint(ms)) return true;
      } catch (error) {
        errors.push(error as Error);
      }
    }
    const [first, ...others] = errors;
    if (!first) return false;
    if (others.length === 0) throw first;
    throw new AggregateError(errors, errors.map(({ message }) => message).join("; "));
  });
}

/**
 * Followers as one of which each may rest on those before it: what it lets go of at a checkpoint, they hold. So it is
 * made durable after them, and not at all while one of them can't be written.
 */
export function followInTurn(...all: readonly Follower[]): Follower {
  return together(all, (ms) => all.some((one) => one.checkpoint(ms)));
}
