import { type Column, type Pollutant, pollutants, roundHalfUp, subIndex } from "./breakpoints.ts";
import { nowcast } from "./nowcast.ts";

/** A VN_AQI: of all sub-indices the greatest. */
export interface VnAqi {
  /** A whole number from 0 to 500. */
  readonly index: number;
  /** Whose sub-index it is. */
  readonly leading: Pollutant;
  /** Sub-indices, whole numbers; a pollutant without data has none. */
  readonly parts: ReadonlyMap<Pollutant, number>;
}

/** Means of hours in µg/m³: of an hour and the ones before it, or of the hours of a day. */
export type Hours = readonly (number | undefined)[];
export type HoursOf = (pollutant: Pollutant) => Hours;

/** Share of what there should be from which a mean stands (customary; the Decision leaves it open). */
export const leastCoverage = 0.75;
export const dayHours = 24;
const ozoneHours = 8;

/**
 * AQI^h of QĐ 1459/QĐ-TCMT: gases by their mean of the hour, dust by its NowCast. Undefined without
 * one of PM10 and PM2.5, as the Decision demands: never 0 for want of data.
 * @param hoursOf means of the hour itself, the one before, and so on, twelve in all
 */
export function hourlyVnAqi(hoursOf: HoursOf): VnAqi | undefined {
  return greatest((pollutant) => {
    const hours = hoursOf(pollutant);
    const isDust = pollutant === "pm10" || pollutant === "pm25";
    return indexOf(pollutant, isDust ? nowcast(hours) : hours[0]);
  });
}

/**
 * AQI^d of QĐ 1459/QĐ-TCMT: dust by its mean of the day, gases by their greatest mean of an hour,
 * ozone by that or by its greatest mean of eight hours, whichever gives more. Undefined without one of
 * PM10 and PM2.5. A mean of a day takes 18 hours, one of eight takes 6 (`leastCoverage`).
 * @param hoursOf means of the 24 hours of the day, the first one first
 * @param ozoneBefore those of ozone in the hours before the day: an eight-hour mean belongs to the hour that it ends in
 */
export function dailyVnAqi(hoursOf: HoursOf, ozoneBefore: Hours = []): VnAqi | undefined {
  return greatest((pollutant) => {
    const hours = hoursOf(pollutant);
    if (pollutant === "pm10" || pollutant === "pm25") {
      return indexOf(pollutant, mean(hours, dayHours));
    }
    const ofHour = indexOf(pollutant, most(hours));
    if (pollutant !== "o3") return ofHour;
    const ofEight = indexOf("o38h", most(eightHourMeans([...ozoneBefore, ...hours], hours.length)));
    return most([ofHour, ofEight]);
  });
}

/** The means of eight hours that end in each of the last `count` hours. */
export function eightHourMeans(hours: Hours, count: number): Hours {
  return Array.from({ length: count }, (_, at) => {
    const end = hours.length - count + at + 1;
    return mean(hours.slice(Math.max(0, end - ozoneHours), end), ozoneHours);
  });
}

function greatest(indexOfPollutant: (p: Pollutant) => number | undefined): VnAqi | undefined {
  const exact = pollutants.flatMap((pollutant) => {
    const index = indexOfPollutant(pollutant);
    return index === undefined ? [] : [{ pollutant, index }];
  });
  if (!exact.some(({ pollutant }) => pollutant === "pm10" || pollutant === "pm25"))
    return undefined;
  const top = exact.reduce((a, b) => (b.index > a.index ? b : a));
  return {
    index: roundHalfUp(top.index),
    leading: top.pollutant,
    parts: new Map(exact.map(({ pollutant, index }) => [pollutant, roundHalfUp(index)])),
  };
}

function indexOf(column: Column, concentration: number | undefined): number | undefined {
  return concentration === undefined ? undefined : subIndex(column, concentration);
}

function most(values: Hours): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function mean(hours: Hours, expected: number): number | undefined {
  const known = hours.filter((value) => value !== undefined);
  if (known.length < leastCoverage * expected) return undefined;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
