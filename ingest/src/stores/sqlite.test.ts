import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { storeConformance } from "./conformance.ts";
import { openSqlite } from "./sqlite.ts";
import type { Place, Point, Series } from "./store.ts";

storeConformance("sqlite", undefined, async () => {
  const folder = temporaryFolder();
  const open = () => openSqlite({ file: join(folder.path, "store", "readings.sqlite") });
  return {
    open,
    async storeString(series, name, ts) {
      const other = open();
      await other.write([{ series, ts, fields: [{ name, type: "string", value: "x", flag: 1 }] }]);
      await other.close();
    },
    async dispose() {
      folder[Symbol.dispose]();
    },
  };
});

const tagsOf = (device: string) => Object.entries({ province: "82", unit: "29869", device });
const place: Place = { measurement: "water", province: "82", unit: "29869" };
const series: Series = { measurement: "water", tags: tagsOf("gauge") };
const twin: Series = { measurement: "water", tags: tagsOf("twin") };
const fields = [{ name: "water_level_m", type: "float" as const }];

function minutes(of: Series, from: number, count: number): Point[] {
  return Array.from({ length: count }, (_, i) => ({
    series: of,
    ts: (from + i) * 60_000,
    fields: [{ name: "water_level_m", type: "float", value: from + i, flag: 1 }],
  }));
}

test("forget removes what is older in every series of a place, in many goes, and nothing else", async () => {
  using folder = temporaryFolder();
  const store = openSqlite({ file: join(folder.path, "readings.sqlite") });
  for (const one of [series, twin]) {
    for (let from = 0; from < 12_000; from += 4_000) await store.write(minutes(one, from, 4_000));
  }
  await store.forget(place, 11_998 * 60_000);
  for (const one of [series, twin]) {
    const kept = await store.query({ series: one, fields, from: 0, to: 1e12 });
    expect(kept.get("water_level_m")?.map(([, value]) => value)).toEqual([11_998, 11_999]);
  }
  await store.close();
});

test("writes go on during a long query and a long deletion", async () => {
  using folder = temporaryFolder();
  const store = openSqlite({ file: join(folder.path, "readings.sqlite") });
  for (let from = 0; from < 20_000; from += 5_000) await store.write(minutes(series, from, 5_000));
  const done: string[] = [];
  const query = store.query({ series, fields, from: 0, to: 1e12 }).then((found) => {
    done.push("query");
    return found.get("water_level_m")?.length;
  });
  await store.write(minutes(twin, 0, 1));
  done.push("write");
  expect(await query).toBe(20_000);
  const deletion = store.forget(place, 1e12).then(() => done.push("deletion"));
  await store.write(minutes(twin, 1e9, 1));
  done.push("write");
  await deletion;
  expect(done).toEqual(["write", "query", "write", "deletion"]);
  await store.close();
});

test("a reading written again replaces the one before, value and flag", async () => {
  using folder = temporaryFolder();
  const store = openSqlite({ file: join(folder.path, "readings.sqlite") });
  const point = (value: number, flag: 1 | 3): Point => ({
    series,
    ts: 0,
    fields: [{ name: "water_level_m", type: "float", value, flag }],
  });
  await store.write([point(1, 3)]);
  await store.write([point(2, 1)]);
  const found = await store.query({ series, fields, from: 0, to: 0 });
  expect(found.get("water_level_m")).toEqual([[0, 2, 1]]);
  await store.close();
});

test("a file of a newer shape is not touched", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "readings.sqlite");
  await openSqlite({ file }).close();
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(file);
  db.exec("PRAGMA user_version = 99");
  db.close();
  expect(() => openSqlite({ file })).toThrow(/newer version/);
});
