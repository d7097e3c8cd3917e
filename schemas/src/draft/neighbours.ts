import type { Place } from "./place.ts";
import type { Proposal } from "./propose.ts";
import { numberOf } from "./reading.ts";

/** A place with what it is taken for. */
export interface Taken {
  readonly place: Place;
  readonly found: Proposal;
}

/**
 * What stands side by side must agree: volts times amperes are at least the watts, and not many times
 * as many. Where a message names no unit, that tells milliamperes from amperes.
 */
export function agree(taken: readonly Taken[]): readonly Taken[] {
  return taken.map((one) => {
    if (one.found.quantity !== "current_a" || one.found.stated) return one;
    const beside = taken.filter(({ place }) => above(place) === above(one.place));
    const volts = readingOf(beside, "voltage_v");
    const watts = readingOf(beside, "active_power_w");
    const amperes = numberOf(one.place.values[0] ?? null);
    if (!volts || !watts || !amperes) return one;
    const load = (scale: number): number => watts / (volts * amperes * scale);
    if (fits(load(1)) || !fits(load(0.001))) return one;
    const { ask: _, ...found } = one.found;
    return { place: one.place, found: { ...found, scale: 0.001, rawUnit: "mA", confidence: 0.8 } };
  });
}

/** A power factor from a tenth to one, with room for rounding. */
const fits = (factor: number): boolean => factor > 0.1 && factor < 1.05;

const above = ({ names }: Place): string => names.slice(0, -1).join("/");

/** The value of the one neighbour that has it, in the quantity's unit. */
function readingOf(beside: readonly Taken[], quantity: string): number | undefined {
  const [only, more] = beside.filter(({ found }) => found.quantity === quantity);
  const raw = only && !more ? numberOf(only.place.values[0] ?? null) : undefined;
  return only && raw !== undefined ? raw * only.found.scale + only.found.offset : undefined;
}
