import { DatabaseSync } from "node:sqlite";
import type { Influxd } from "../support/influxd.ts";

/** A change of the level that holds: `[ts, event]`. */
export type Change = readonly [ts: number, event: string];

/** Readings of one quantity of a device that can be trusted, from the file of the embedded store. */
const readings = `
  SELECT ts, value FROM point JOIN track ON track = id
  WHERE measurement = 'water' AND field = 'water_level_m' AND flag IN (1, 2)
    AND json_extract(tags, '$[3][1]') = :device`;

/** Whether a limit is passed at each reading: within the hysteresis it is as it was before. */
const passed = (name: string, limit: string): string => `
  asked_${name} AS (
    SELECT ts, CASE WHEN value >= ${limit} THEN 1
                    WHEN value < round(${limit} - :hysteresis, 9) THEN 0 END AS asks FROM reading),
  last_${name} AS (
    SELECT ts, max(CASE WHEN asks IS NOT NULL THEN ts END) OVER (ORDER BY ts) AS asked
    FROM asked_${name}),
  ${name} AS (
    SELECT l.ts, coalesce(a.asks, 0) AS holds
    FROM last_${name} l LEFT JOIN asked_${name} a ON a.ts = l.asked)`;

const byLevels = `
  WITH reading AS (${readings}), ${passed("mild", ":mild")}, ${passed("grave", ":grave")},
  held AS (
    SELECT mild.ts, CASE WHEN grave.holds THEN 2 WHEN mild.holds THEN 1 ELSE 0 END AS level
    FROM mild JOIN grave USING (ts)),
  turned AS (SELECT ts, level, lag(level, 1, 0) OVER (ORDER BY ts) AS before FROM held)
  SELECT ts, CASE WHEN before = 0 THEN 'raise' WHEN level = 0 THEN 'clear'
                  WHEN level > before THEN 'escalate' ELSE 'de-escalate' END AS event
  FROM turned WHERE level <> before ORDER BY ts`;

/** Stretches above and below a limit; the first reading of each that is late enough counts. */
const byDelays = `
  WITH reading AS (${readings}),
  side AS (SELECT ts, value >= :limit AS above FROM reading),
  edge AS (SELECT *, above <> lag(above, 1, 1 - above) OVER (ORDER BY ts) AS begins FROM side),
  stretch AS (SELECT *, sum(begins) OVER (ORDER BY ts) AS number FROM edge),
  age AS (SELECT *, ts - min(ts) OVER (PARTITION BY number) AS lasted FROM stretch),
  shown AS (
    SELECT min(ts) AS ts, above FROM age
    WHERE lasted >= CASE above WHEN 1 THEN :onDelayMs ELSE :offDelayMs END GROUP BY number),
  turned AS (SELECT ts, above, lag(above, 1, 0) OVER (ORDER BY ts) AS before FROM shown)
  SELECT ts, iif(above, 'raise', 'clear') AS event FROM turned WHERE above <> before ORDER BY ts`;

/** Crossings by SQL on the store's file, with nothing of the product's code. */
export function crossingsInSqlite(
  file: string,
  device: string,
  levels: { readonly limits: readonly [number, number]; readonly hysteresis: number },
): Change[] {
  const [mild, grave] = levels.limits;
  return ask(file, byLevels, { device, mild, grave, hysteresis: levels.hysteresis });
}

/** The same of one limit with delays and without a hysteresis. */
export function delayedInSqlite(
  file: string,
  device: string,
  rule: { readonly limit: number; readonly onDelayMs: number; readonly offDelayMs: number },
): Change[] {
  return ask(file, byDelays, { device, ...rule });
}

/** The history of a rule's alarms, as the store has it. */
export function historyInSqlite(file: string, rule: string): Change[] {
  const sql = `
    SELECT ts, value AS event FROM point JOIN track ON track = id
    WHERE measurement = 'alarms' AND field = 'event' AND tags LIKE '%"rule","' || :rule || '"%' ORDER BY ts`;
  return ask(file, sql, { rule });
}

/** How many readings of water levels the store has. */
export function countInSqlite(file: string): number {
  const sql = `
    SELECT count(*) AS ts, '' AS event FROM point JOIN track ON track = id
    WHERE measurement = 'water' AND field = 'water_level_m'`;
  return ask(file, sql, {})[0]?.[0] ?? 0;
}

function ask(file: string, sql: string, parameters: Record<string, string | number>): Change[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db
      .prepare(sql)
      .all(parameters)
      .map(({ ts, event }) => [Number(ts), String(event)]);
  } finally {
    db.close();
  }
}

/** Crossings of one limit, without hysteresis and delays, by InfluxQL alone. */
export async function crossingsInInfluxd(
  influxd: Influxd,
  database: string,
  device: string,
  limit: number,
): Promise<Change[]> {
  // −1 below the limit and 0 from it on; the difference is 1 where it is passed upwards.
  const side = `SELECT floor((water_level_m - ${limit}) / 1000000) AS side FROM water WHERE device = '${device}' AND water_level_m_qc = 2`;
  const turns = `SELECT difference(side) AS turn FROM (${side})`;
  const { results } = await influxd.query(`SELECT turn FROM (${turns}) WHERE turn <> 0`, database);
  const [answer] = results;
  if (answer?.error) throw new Error(answer.error);
  return (answer?.series?.[0]?.values ?? []).map(([ts, turn]) => [
    Number(ts),
    Number(turn) > 0 ? "raise" : "clear",
  ]);
}

/** How many readings of water levels the store has. */
export async function countInInfluxd(influxd: Influxd, database: string): Promise<number> {
  const { results } = await influxd.query("SELECT count(water_level_m) FROM water", database);
  return Number(results[0]?.series?.[0]?.values[0]?.[1] ?? 0);
}

/** The history of a rule's alarms, by InfluxQL. */
export async function historyInInfluxd(
  influxd: Influxd,
  database: string,
  rule: string,
): Promise<Change[]> {
  const { results } = await influxd.query(
    `SELECT event FROM alarms WHERE rule = '${rule}'`,
    database,
  );
  return (results[0]?.series?.[0]?.values ?? []).map(([ts, event]) => [Number(ts), String(event)]);
}
