import type { Place } from "./place.ts";
import type { Proposal } from "./propose.ts";
import { numberOf } from "./reading.ts";

/** A place with what it is taken for. */
export interface Taken {
  readonly place: Place;
  readonly found: Proposal;
}

/**
 * What stands side by side must agree, where nobody names a unit: volts times amperes are at least the
 * watts, and not many times as many; no weather is hotter than 65 °C.
 */
export function agree(taken: readonly Taken[]): readonly Taken[] {
  return taken.map((one) => {
    if (one.found.stated) return one;
    const beside = taken.filter(({ place }) => above(place) === above(one.place));
    const found =
      milliamperes(one, beside) ?? tenthsOfVolts(one, beside) ?? fahrenheit(one, beside);
    return found ? { place: one.place, found } : one;
  });
}

/** Where watts and volts stand beside a current, they tell milliamperes from amperes. */
function milliamperes({ place, found }: Taken, beside: readonly Taken[]): Proposal | undefined {
  if (found.quantity !== "current_a") return undefined;
  const volts = readingOf(beside, "voltage_v");
  const watts = readingOf(beside, "active_power_w");
  const amperes = numberOf(place.values[0] ?? null);
  if (!volts || !watts || !amperes) return undefined;
  const load = (scale: number): number => watts / (volts * amperes * scale);
  const [scale, other] = found.scale === 1 ? [1, 0.001] : [0.001, 1];
  if (fits(load(scale)) || !fits(load(other))) return undefined;
  const { ask: _, ...rest } = found;
  return { ...rest, scale: other, rawUnit: other === 1 ? "A" : "mA", confidence: 0.8 };
}

/** The mains of a house in tenths: 2312 beside a current or a power. */
function tenthsOfVolts({ place, found }: Taken, beside: readonly Taken[]): Proposal | undefined {
  const raw = numberOf(place.values[0] ?? null);
  if (!/^voltage_(l\d+_)?v$/.test(found.quantity) || raw === undefined) return undefined;
  const mains = Number.isInteger(raw) && ((raw > 1900 && raw < 2600) || (raw > 3600 && raw < 4300));
  const loaded = beside.some((each) => /^(current|active_power|energy)_/.test(each.found.quantity));
  if (!mains || !loaded) return undefined;
  return {
    ...found,
    scale: 0.1,
    rawUnit: "V",
    confidence: 0.65,
    ask: `is ${raw} in tenths of a volt? no unit is named`,
  };
}

const degreesFahrenheit = { scale: 0.555555555556, offset: -17.7777777778 } as const;

/** A temperature of 86 beside a wind or a dew point is one in °F. */
function fahrenheit({ place, found }: Taken, beside: readonly Taken[]): Proposal | undefined {
  const raw = numberOf(place.values[0] ?? null);
  if (found.quantity !== "air_temperature_c" || found.rawUnit !== "Cel" || found.scale !== 1) {
    return undefined;
  }
  const outdoors = beside.some((each) => /^(wind|rain|dew_point)_/.test(each.found.quantity));
  if (!outdoors || raw === undefined || raw <= 65 || raw > 130) return undefined;
  return {
    ...found,
    ...degreesFahrenheit,
    rawUnit: "[degF]",
    confidence: 0.6,
    ask: `is ${raw} in °F? no unit is named, and no air is as hot in °C`,
  };
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
