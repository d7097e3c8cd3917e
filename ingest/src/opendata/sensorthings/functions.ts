import booleanPointInPolygon from "@turf/boolean-point-in-polygon";
import { wktToGeoJSON } from "betterknown";
import type { Duration, Geography, Literal, Time } from "./expression.ts";
import { RequestFault } from "./fault.ts";

/** A position or an area, as GeoJSON (RFC 7946). */
export type Geometry = NonNullable<ReturnType<typeof wktToGeoJSON>>;
/** What an expression can come to. Undefined: it says nothing of this entity. */
export type Value = Exclude<Literal, Geography> | Geometry | undefined;

type Function = (...given: Value[]) => Value;

const text = (value: Value): string | undefined => (typeof value === "string" ? value : undefined);
const number = (value: Value): number | undefined =>
  typeof value === "number" ? value : undefined;

/** A function of texts: of anything else it is nothing. */
function ofTexts(compute: (a: string, b: string) => Value): Function {
  return (a, b) => {
    const [one, other] = [text(a), b === undefined ? "" : text(b)];
    return one === undefined || other === undefined ? undefined : compute(one, other);
  };
}

function ofTime(compute: (ts: number) => Value): Function {
  return (value) => (isTime(value) ? compute(value.from) : undefined);
}

function ofNumber(compute: (value: number) => number): Function {
  return (value) => {
    const given = number(value);
    return given === undefined ? undefined : compute(given);
  };
}

/** Of a position and an area; the first position in it, in any order of the two. */
function ofPlaces(compute: (inside: boolean, same: boolean) => boolean): Function {
  return (a, b) => {
    if (!isGeometry(a) || !isGeometry(b)) return undefined;
    const same = JSON.stringify(a.coordinates) === JSON.stringify(b.coordinates);
    return compute(same || isWithin(a, b), same);
  };
}

const dayMs = 86_400_000;
/** The year 0001 and the year 9999, in UTC. */
const [minTime, maxTime] = [-62_135_596_800_000, 253_402_300_799_999];
const at = (ts: number): Time => ({ from: ts, to: ts });

/** Name, how many arguments, what it gives: the built-in functions of OGC 18-088, 9.3.3.5.2. */
const functions: Readonly<Record<string, readonly [readonly number[], Function]>> = {
  substringof: [[2], ofTexts((part, whole) => whole.includes(part))],
  endswith: [[2], ofTexts((whole, part) => whole.endsWith(part))],
  startswith: [[2], ofTexts((whole, part) => whole.startsWith(part))],
  length: [[1], ofTexts((whole) => whole.length)],
  indexof: [[2], ofTexts((whole, part) => whole.indexOf(part))],
  substring: [
    [2, 3],
    (whole, from, length) => {
      const [given, start, count] = [text(whole), number(from), number(length)];
      if (given === undefined || start === undefined) return undefined;
      return given.slice(start, count === undefined ? undefined : start + count);
    },
  ],
  tolower: [[1], ofTexts((whole) => whole.toLowerCase())],
  toupper: [[1], ofTexts((whole) => whole.toUpperCase())],
  trim: [[1], ofTexts((whole) => whole.trim())],
  concat: [[2], ofTexts((one, other) => one + other)],
  year: [[1], ofTime((ts) => new Date(ts).getUTCFullYear())],
  month: [[1], ofTime((ts) => new Date(ts).getUTCMonth() + 1)],
  day: [[1], ofTime((ts) => new Date(ts).getUTCDate())],
  hour: [[1], ofTime((ts) => new Date(ts).getUTCHours())],
  minute: [[1], ofTime((ts) => new Date(ts).getUTCMinutes())],
  second: [[1], ofTime((ts) => new Date(ts).getUTCSeconds())],
  fractionalseconds: [[1], ofTime((ts) => new Date(ts).getUTCMilliseconds() / 1000)],
  date: [[1], ofTime((ts) => at(ts - (((ts % dayMs) + dayMs) % dayMs)))],
  time: [[1], ofTime((ts) => new Date(ts).toISOString().slice(11, -1))],
  totaloffsetminutes: [[1], ofTime(() => 0)],
  mindatetime: [[0], () => at(minTime)],
  maxdatetime: [[0], () => at(maxTime)],
  // Halves go away from zero, as the standard's OData has it.
  round: [[1], ofNumber((value) => Math.sign(value) * Math.round(Math.abs(value)))],
  floor: [[1], ofNumber(Math.floor)],
  ceiling: [[1], ofNumber(Math.ceil)],
  "geo.distance": [[2], (a, b) => distance(a, b)],
  "geo.intersects": [[2], ofPlaces((inside) => inside)],
  st_equals: [[2], ofPlaces((_, same) => same)],
  st_disjoint: [[2], ofPlaces((inside) => !inside)],
  st_within: [[2], (a, b) => (isGeometry(a) && isGeometry(b) ? isWithin(a, b) : undefined)],
  st_contains: [[2], (a, b) => (isGeometry(a) && isGeometry(b) ? isWithin(b, a) : undefined)],
  st_intersects: [[2], ofPlaces((inside) => inside)],
};

/** How many arguments a function takes; undefined when there is none of this name. */
export function arityOf(name: string): readonly number[] | undefined {
  if (name === "now") return [0];
  return Object.hasOwn(functions, name) ? functions[name]?.[0] : undefined;
}

/** Calls a function that `arityOf` knows; `now` in milliseconds since 1970 UTC. */
export function call(name: string, given: readonly Value[], now: number): Value {
  return name === "now" ? at(now) : functions[name]?.[1](...given);
}

/** @throws RequestFault (400) when the text is no WKT of a point or a polygon */
export function geometryOf({ wkt }: Geography): Geometry {
  const fault = (cause?: unknown) =>
    new RequestFault(
      400,
      `geography'${wkt}': a POINT (longitude latitude) or a POLYGON ((…)) is expected`,
      { cause },
    );
  let geometry: ReturnType<typeof wktToGeoJSON>;
  try {
    geometry = wktToGeoJSON(wkt);
  } catch (error) {
    throw fault(error);
  }
  if (geometry?.type === "Point" || geometry?.type === "Polygon") return geometry;
  throw fault();
}

export function isTime(value: unknown): value is Time {
  return typeof value === "object" && value !== null && "from" in value && "to" in value;
}

export function isDuration(value: unknown): value is Duration {
  return typeof value === "object" && value !== null && "ms" in value;
}

export function isGeometry(
  value: unknown,
): value is Extract<Geometry, { type: "Point" | "Polygon" }> {
  return typeof value === "object" && value !== null && "coordinates" in value;
}

function isWithin(inner: Geometry, outer: Geometry): boolean {
  if (inner.type !== "Point" || outer.type !== "Polygon") return false;
  return booleanPointInPolygon(inner, outer);
}

/** In degrees, as the standard's coordinates are: of two positions. */
function distance(a: Value, b: Value): number | undefined {
  if (!isGeometry(a) || !isGeometry(b) || a.type !== "Point" || b.type !== "Point")
    return undefined;
  const [[x1 = 0, y1 = 0], [x2 = 0, y2 = 0]] = [a.coordinates, b.coordinates];
  return Math.hypot(x1 - x2, y1 - y2);
}
