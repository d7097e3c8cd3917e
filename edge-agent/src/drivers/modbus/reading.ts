import { convert, type Flag, flags, type Value } from "@kenh/schemas";
import type { Point } from "./config.ts";
import { loopReading } from "./current-loop.ts";
import { numberOf } from "./number.ts";

/** What a point says. */
export interface PointReading {
  /** Null with flag 9. */
  readonly value: Value | null;
  readonly flag: Flag;
  /** In words, when the device says that something is broken. */
  readonly fault?: string;
}

/** Nothing could be read. */
export const missing: PointReading = { value: null, flag: flags.missing };

/** Reads a point out of what its slave has answered, which begins at the point's address. */
export function pointReading(point: Point, answered: readonly (number | boolean)[]): PointReading {
  const [first] = answered;
  if (point.type === "bit") {
    if (first === undefined) return missing;
    const set = typeof first === "boolean" ? first : ((first >> (point.bit ?? 0)) & 1) === 1;
    return { value: set !== point.invert, flag: flags.notEvaluated };
  }
  const raw = numberOf(answered.map(Number), point.type, point.wordOrder);
  const converted = convert(raw, point);
  return point.currentLoop ? loopReading(converted, point.currentLoop) : converted;
}
