/** A small generator of random numbers (mulberry32): the same seed gives the same numbers for ever. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Noise that depends on seed and time alone, so that a run can be repeated from any point. */
export function noiseAt(seed: number, ts: number): Noise {
  const random = seededRandom(
    Math.imul(seed, 0x9e3779b1) ^ Math.floor(ts / 2 ** 20) ^ Math.imul(ts | 0, 0x85ebca6b),
  );
  return {
    uniform: random,
    normal: (sigma) => {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      return sigma * radius * Math.cos(2 * Math.PI * random());
    },
  };
}

/** Draws of one instant. */
export interface Noise {
  /** From 0 to 1. */
  uniform(): number;
  /** Normally distributed around zero. */
  normal(sigma: number): number;
}
