import { DatabaseSync } from "node:sqlite";
import type { Influxd } from "../support/influxd.ts";
import { placeFor, type Stored, type StoredReading } from "./recorded.ts";

/**
 * Everything that a store holds of telemetry, read by the store's own language and without the
 * product's code: what was never sent would show too.
 */
type Found = Map<string, Map<string, Map<number, StoredReading>>>;

/** What the station says of itself. */
const own = ["alarms", "fleet", "ledger"];

/** By InfluxQL, column by column. */
export async function readInfluxd(influxd: Influxd, database: string): Promise<Stored> {
  const found: Found = new Map();
  const influxql = 'SELECT * FROM /.*/ GROUP BY "province", "unit", "site", "device"';
  const { results } = await influxd.query(influxql, database);
  for (const { name, tags, columns, values } of results[0]?.series ?? []) {
    if (own.includes(name)) continue;
    const device = [tags?.province, tags?.unit, tags?.site, tags?.device].join("/");
    for (const row of values) {
      const cell = (column: string) => row[columns.indexOf(column)] ?? null;
      for (const column of columns.slice(1)) {
        const quantity = column.replace(/_qc$/, "");
        const value = cell(quantity) as number | null;
        const flag = cell(`${quantity}_qc`) as number | null;
        if (value === null && flag === null) continue;
        placeFor(found, device, quantity).set(cell("time") as number, [value, flag ?? 1]);
      }
    }
  }
  return found;
}

/** By SQL on the file of the embedded store. */
export function readSqlite(file: string): Stored {
  const found: Found = new Map();
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db
    .prepare(
      `SELECT tags, field, ts, value, flag FROM point JOIN track ON track = id
       WHERE measurement NOT IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(own));
  for (const { tags, field, ts, value, flag } of rows) {
    const device = (JSON.parse(String(tags)) as [string, string][]).map(([, part]) => part);
    const place = placeFor(found, device.join("/"), String(field));
    place.set(Number(ts), [value as number | null, Number(flag)]);
  }
  db.close();
  return found;
}

/** By the export of every metric. */
export async function readVictoriaMetrics(url: string): Promise<Stored> {
  const found: Found = new Map();
  const body = new URLSearchParams({ "match[]": '{device!=""}', start: "1", end: "4000000000" });
  const answer = await fetch(`${url}/api/v1/export`, { method: "POST", body });
  const metrics = (await answer.text())
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .filter(({ metric }) => !own.some((name) => metric.__name__.startsWith(`${name}_`)));
  const flagsLast = metrics.toSorted(
    (a, b) => Number(a.metric.__name__.endsWith("_qc")) - Number(b.metric.__name__.endsWith("_qc")),
  );
  for (const { metric, values, timestamps } of flagsLast) {
    const device = [metric.province, metric.unit, metric.site, metric.device].join("/");
    const field = metric.__name__.slice(metric.__name__.indexOf("_") + 1);
    const place = placeFor(found, device, field.replace(/_qc$/, ""));
    timestamps.forEach((ts: number, i: number) => {
      const known = place.get(ts)?.[0] ?? null;
      place.set(ts, field.endsWith("_qc") ? [known, values[i]] : [values[i], 1]);
    });
  }
  return found;
}
