import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Identity, parseIdentity } from "@kenh/schemas";
import type { Influxd } from "../support/influxd.ts";
import type { Readings } from "./sender.ts";

/** What the store holds of a device, asked of the store itself and not of the product. */
export interface Stored {
  readonly readings: Map<number, Record<string, number>>;
  /** Values that stand at an instant where there is one already. */
  readonly doubled: number;
}
export type ReadStored = (device: Identity, quantities: readonly string[]) => Promise<Stored>;

export const influxDatabase = "kenh";

/** Reads by InfluxQL. */
export function fromInfluxd(influxd: Influxd): ReadStored {
  return async (identity, quantities) => {
    const { province, unit, site, device } = parseIdentity(identity);
    const where = `province='${province}' AND unit='${unit}' AND site='${site}' AND device='${device}'`;
    const gathered = gather();
    for (const quantity of quantities) {
      const query = `SELECT "${quantity}" FROM "water" WHERE ${where}`;
      const { results } = await influxd.query(query, influxDatabase);
      if (results[0]?.error) throw new Error(`${query}: ${results[0].error}`);
      for (const [ts, value] of results[0]?.series?.[0]?.values ?? [])
        gathered.add(Number(ts), quantity, Number(value));
    }
    return gathered;
  };
}

/** Reads the file of the embedded store. */
export function fromSqlite(dataDir: string): ReadStored {
  return async (identity, quantities) => {
    const { province, unit, site, device } = parseIdentity(identity);
    const db = new DatabaseSync(join(dataDir, "store.db"), { readOnly: true, timeout: 5000 });
    const gathered = gather();
    try {
      const tracks = db.prepare("SELECT id, tags, field FROM track").all();
      const points = db.prepare("SELECT ts, value FROM point WHERE track = ?");
      const wanted = { province, unit, site, device };
      for (const { id, tags, field } of tracks) {
        const own = Object.fromEntries(JSON.parse(String(tags)) as [string, string][]);
        if (Object.entries(wanted).some(([name, value]) => own[name] !== value)) continue;
        if (!quantities.includes(String(field))) continue;
        for (const { ts, value } of points.all(Number(id)))
          gathered.add(Number(ts), String(field), Number(value));
      }
    } finally {
      db.close();
    }
    return gathered;
  };
}

function gather() {
  const readings = new Map<number, Record<string, number>>();
  let doubled = 0;
  return {
    readings,
    get doubled() {
      return doubled;
    },
    add(ts: number, quantity: string, value: number): void {
      const values = readings.get(ts) ?? {};
      readings.set(ts, values);
      if (quantity in values) doubled += 1;
      values[quantity] = value;
    },
  };
}

/** How what should be there and what is there differ, counted in readings. */
export interface Difference {
  expected: number;
  /** Expected and not there, or there with another value. */
  missing: number;
  /** There twice: a second value at its instant, or its value at a second instant. */
  doubled: number;
  /** There and never sent. */
  invented: number;
}

/** Compares the store with what must be there; `may` are further readings that may be there or not. */
export function compare(expected: Readings, stored: Stored, may: Readings = new Map()): Difference {
  const difference = { expected: 0, missing: 0, doubled: stored.doubled, invented: 0 };
  const known = new Set<string>();
  for (const [ts, values] of expected) {
    const there = stored.readings.get(ts) ?? {};
    for (const [name, value] of Object.entries(values)) {
      difference.expected += 1;
      known.add(`${name} ${value}`);
      if (there[name] !== value) difference.missing += 1;
    }
  }
  for (const [ts, there] of stored.readings) {
    const values = expected.get(ts) ?? may.get(ts) ?? {};
    for (const [name, value] of Object.entries(there)) {
      if (values[name] === value) continue;
      if (known.has(`${name} ${value}`)) difference.doubled += 1;
      else difference.invented += 1;
    }
  }
  return difference;
}
