import { type FieldType, type Flag, flags, isFlag, type Quantity, type Value } from "@kenh/schemas";
import type { Field, Point, Series, SeriesPoint, SeriesQuery, Store } from "../stores/store.ts";
import { type Figures, isNumeric } from "./figures.ts";
import { type Level, levels, rolledSeries } from "./windows.ts";

/** What a window tells of a quantity, as its fields are called: `water_level_m_mean`. */
export const aggregates = ["count", "min", "max", "mean", "last", "worst"] as const;
export type Aggregate = (typeof aggregates)[number];

type Measured = Pick<Quantity, "name" | "type">;

/** The aggregates that a type has. */
export function aggregatesOf(type: FieldType): readonly Aggregate[] {
  return isNumeric(type) ? aggregates : ["count", "last", "worst"];
}

function typeOf(aggregate: Aggregate, type: FieldType): FieldType {
  if (aggregate === "count" || aggregate === "worst") return "integer";
  return aggregate === "mean" ? "float" : type;
}

/** The fields of a quantity's roll-up. */
function rolledFields(
  { name, type }: Measured,
  of: readonly Aggregate[] = aggregatesOf(type),
): Pick<Field, "name" | "type">[] {
  return of.map((aggregate) => ({ name: `${name}_${aggregate}`, type: typeOf(aggregate, type) }));
}

/** Where the roll-ups of a series stand, and their fields. */
export function rolledUp(
  series: Series,
  quantities: readonly Measured[],
): Pick<SeriesQuery, "series" | "fields">[] {
  const fields = quantities.flatMap((quantity) => rolledFields(quantity));
  return levels.map((level) => ({ series: rolledSeries(series, level), fields }));
}

/** The point of a window; the fields of a quantity without a reading that counts are its count and its flag. */
export function rolledPoint(
  series: Series,
  level: Level,
  start: number,
  quantities: ReadonlyMap<Measured, Figures>,
): Point {
  const fields: Field[] = [];
  for (const [quantity, figures] of quantities) {
    for (const aggregate of aggregatesOf(quantity.type)) {
      const value = figures[aggregate];
      if (value === null) continue;
      const type = typeOf(aggregate, quantity.type);
      fields.push({ name: `${quantity.name}_${aggregate}`, type, value, flag: flags.pass });
    }
  }
  return { series: rolledSeries(series, level), ts: start, fields };
}

/**
 * Windows of quantities by their start, both ends inclusive, in order of time; of those that have any.
 * @param of what is asked for; `count` has to be among it, for it says that there is a window
 */
export async function readRolled(
  store: Pick<Store, "query" | "limits">,
  series: Series,
  quantities: readonly Measured[],
  level: Level,
  times: { readonly from: number; readonly to: number },
  of: readonly Aggregate[] = aggregates,
): Promise<Map<string, Map<number, Figures>>> {
  const { unsupportedTypes } = store.limits;
  const ask = (some: readonly Measured[], what: readonly Aggregate[]) =>
    store.query({
      series: rolledSeries(series, level),
      fields: some
        .flatMap((quantity) =>
          rolledFields(
            quantity,
            aggregatesOf(quantity.type).filter((aggregate) => what.includes(aggregate)),
          ),
        )
        .filter(({ type }) => !unsupportedTypes.includes(type)),
      ...times,
    });
  // A profile knows many quantities, a device sends few of them.
  const counted = quantities.length > 1 ? await ask(quantities, ["count"]) : undefined;
  const there = counted
    ? quantities.filter(({ name }) => counted.get(`${name}_count`)?.length)
    : quantities;
  const found = there.length > 0 ? await ask(there, of) : new Map<string, SeriesPoint[]>();
  return new Map(
    there.map(({ name }) => {
      const column = (aggregate: Aggregate) => new Map(valuesOf(found.get(`${name}_${aggregate}`)));
      const [min, max, mean, last, worst] = (["min", "max", "mean", "last", "worst"] as const).map(
        column,
      ) as Column[];
      const windows = valuesOf(found.get(`${name}_count`)).map(([ts, count]): [number, Figures] => [
        ts,
        {
          count: Number(count),
          min: numberOf(min?.get(ts)),
          max: numberOf(max?.get(ts)),
          mean: numberOf(mean?.get(ts)),
          last: last?.get(ts) ?? null,
          worst: flagOf(worst?.get(ts)),
        },
      ]);
      return [name, new Map(windows)];
    }),
  );
}

type Column = ReadonlyMap<number, Value | null>;

function valuesOf(points: readonly SeriesPoint[] = []): [number, Value | null][] {
  return points.map(([ts, value]) => [ts, value]);
}

function numberOf(value: Value | null | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function flagOf(value: Value | null | undefined): Flag {
  return isFlag(value) ? value : flags.pass;
}
