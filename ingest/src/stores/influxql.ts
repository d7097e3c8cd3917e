import { type Flag, flags, isFlag, type Value } from "@kenh/schemas";
import type { Place, SeriesPoint, SeriesQuery } from "./store.ts";

/** InfluxQL, the one query language of InfluxDB 1.x, 2.x and 3: statements and answers, pure. */

/** InfluxDB counts nanoseconds in 64 bits, and wraps round beyond. */
const greatestMs = 9_223_372_036_854;

/** A name in double quotes, whatever is in it. */
export function identifier(name: string): string {
  return `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** A text in single quotes, whatever is in it. */
export function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;
}

/** The answer of `/query` with `epoch=ms`. */
export interface InfluxqlAnswer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly name?: string;
      readonly columns: readonly string[];
      readonly values: readonly (readonly (Value | null)[])[];
    }[];
  }[];
}

/** The statement for a query; its columns are time, then value and flag of each field. */
export function selectSeries(query: SeriesQuery): string {
  const { series, fields, from, to } = query;
  const columns = fields.flatMap(({ name }) => [identifier(name), identifier(`${name}_qc`)]);
  const conditions = [
    `time >= ${Math.max(from, -greatestMs)}ms`,
    `time <= ${Math.min(to, greatestMs)}ms`,
    ...series.tags.map(([key, value]) => `${identifier(key)} = ${literal(value)}`),
  ];
  return `SELECT ${columns.join(", ")} FROM ${identifier(series.measurement)} WHERE ${conditions.join(" AND ")}`;
}

/** The statement that deletes what a place has of before an instant, and not of before `from`. */
export function deletePlace(place: Place, before: number, from = -greatestMs): string {
  const { measurement, province, unit } = place;
  const conditions = [
    `time >= ${from}ms`,
    `time < ${before}ms`,
    `"province" = ${literal(province)}`,
    `"unit" = ${literal(unit)}`,
  ];
  return `DELETE FROM ${identifier(measurement)} WHERE ${conditions.join(" AND ")}`;
}

/**
 * The points by field in an answer to `selectSeries`.
 * @throws Error with the store's words when the answer is an error.
 */
export function readSeries(
  answer: InfluxqlAnswer,
  fields: SeriesQuery["fields"],
): Map<string, SeriesPoint[]> {
  const result = answer.results?.[0];
  const fault = answer.error ?? result?.error;
  if (fault !== undefined) throw new Error(fault);
  const points = new Map<string, SeriesPoint[]>(fields.map(({ name }) => [name, []]));
  for (const row of result?.series?.[0]?.values ?? []) {
    const ts = row[0] as number;
    fields.forEach(({ name }, i) => {
      const value = row[1 + 2 * i] ?? null;
      const flag = row[2 + 2 * i] ?? null;
      if (value === null && flag === null) return;
      points.get(name)?.push([ts, value, readFlag(flag)]);
    });
  }
  return points;
}

function readFlag(flag: Value | null): Flag {
  return isFlag(flag) ? flag : flags.pass;
}
