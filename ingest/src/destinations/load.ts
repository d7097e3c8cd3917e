import type { Field, Point, Series } from "../stores/store.ts";

/** A field as it is written down. */
type Row = [ts: number, ...fields: [string, Field["type"], Field["value"], Field["flag"]][]];

/** Points as bytes, each series once. */
export function encodeLoad(points: readonly Point[]): string {
  const bySeries = new Map<Series, Row[]>();
  for (const { series, ts, fields } of points) {
    let rows = bySeries.get(series);
    if (!rows) {
      rows = [];
      bySeries.set(series, rows);
    }
    rows.push([
      ts,
      ...fields.map(({ name, type, value, flag }): Row[1] => [name, type, value, flag]),
    ] as Row);
  }
  return JSON.stringify(
    [...bySeries].map(([{ measurement, tags }, rows]) => [measurement, tags, rows]),
  );
}

/** Points of the bytes; one object for one series. */
export function decodeLoad(text: string): Point[] {
  const all = JSON.parse(text) as [string, Series["tags"], Row[]][];
  return all.flatMap(([measurement, tags, rows]) => {
    const series: Series = { measurement, tags };
    return rows.map(
      ([ts, ...fields]): Point => ({
        series,
        ts,
        fields: fields.map(([name, type, value, flag]) => ({ name, type, value, flag })),
      }),
    );
  });
}
