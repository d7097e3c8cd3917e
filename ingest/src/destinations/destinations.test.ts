import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { registryOf } from "../../../test/support/registry.ts";
import type { StoreConfig } from "../config.ts";
import type { RegisteredDevice } from "../registry.ts";
import { openSqlite } from "../stores/sqlite.ts";
import { PermanentError, type Point, type Store } from "../stores/store.ts";
import type { DestinationConfig } from "./config.ts";
import { type DestinationLimits, type Destinations, openDestinations } from "./destinations.ts";

const registry = registryOf(
  { identity: "82/29869/cau/muc-nuoc", profile: "generic-water" },
  { identity: "82/29870/cau/muc-nuoc", profile: "generic-water" },
);
const series = registry.all().map((device: RegisteredDevice) => device.series);
const day = 86_400_000;
const start = Date.parse("2026-11-01T00:00:00Z");

/** A store of our own file, and how its owner can break it. */
interface Place {
  store: Store;
  /** What it answers to a write instead of taking it. */
  fault: Error | undefined;
  unsupported: Store["limits"]["unsupportedTypes"];
}

let folder: TemporaryFolder;
let places: Map<string, Place>;
let destinations: Destinations;
let stopping: AbortController;
let running: Promise<void>;
/** What was logged. */
let lines: { msg: string; [key: string]: unknown }[];

function place(url: string): Place {
  const known = places.get(url);
  if (known) return known;
  const file = `${folder.path}/${new URL(url).hostname}.db`;
  const made: Place = { store: openSqlite({ file }), fault: undefined, unsupported: [] };
  places.set(url, made);
  return made;
}

/** The real embedded store in the place of each remote one: what is tried here is what goes where. */
async function openAt(config: StoreConfig): Promise<Store> {
  const at = place("url" in config ? config.url : "");
  return {
    ...at.store,
    write: async (batch) => {
      if (at.fault) throw at.fault;
      await at.store.write(batch);
    },
    get limits() {
      return { ...at.store.limits, unsupportedTypes: at.unsupported };
    },
    close: async () => undefined,
  };
}

const pilot = "http://pilot.example";
const official: DestinationConfig = {
  name: "official",
  store: { kind: "victoriametrics", url: "http://official.example" },
};

async function open(limits: Partial<DestinationLimits> = {}): Promise<Destinations> {
  destinations = await openDestinations({
    file: `${folder.path}/destinations.db`,
    configured: { name: "pilot", config: { kind: "victoriametrics", url: pilot } },
    open: openAt,
    ...{ registry, now: Date.now, metrics: new Metrics(), limits },
    log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    policy: { firstMs: 5, maxMs: 20, random: () => 1 },
  });
  stopping = new AbortController();
  running = destinations.run(stopping.signal);
  return destinations;
}

async function close(): Promise<void> {
  stopping.abort();
  await running;
  await destinations.close();
}

beforeEach(() => {
  folder = temporaryFolder("kenh-destinations");
  places = new Map();
  lines = [];
});
afterEach(async () => {
  await close();
  for (const { store } of places.values()) await store.close();
  folder[Symbol.dispose]();
});

const pointOf = (n: number, value: number | string = n, of = 0): Point => ({
  series: series[of] as Point["series"],
  ts: start + n * 1000,
  fields: [
    typeof value === "string"
      ? { name: "firmware", type: "string", value, flag: 1 }
      : { name: "water_level_m", type: "float", value, flag: n % 5 === 0 ? 3 : 1 },
  ],
});
const pointsOf = (from: number, to: number, of = 0) =>
  Array.from({ length: to - from }, (_, n) => pointOf(from + n, from + n, of));

async function held(url: string, of = 0, name = "water_level_m"): Promise<unknown[]> {
  const type = name === "firmware" ? "string" : "float";
  const query = { series: series[of] as Point["series"], fields: [{ name, type }] as const };
  const found = await place(url).store.query({ ...query, from: start, to: start + 10 * day });
  return (found.get(name) ?? []).map(([, value]) => value);
}
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const drained = () =>
  until(
    () => destinations.list().every(({ backlog }) => backlog.points === 0),
    "everything to be brought",
  );
const settled = (name: string) =>
  until(
    () =>
      destinations
        .list()
        .find((one) => one.name === name)
        ?.backfills.every((b) => b.finishedAt),
    "the history to be brought",
  );

/** What the book's own file says, or is made to say. */
function inBook(sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(`${folder.path}/destinations.db`, { timeout: 5000 });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}
const isFreed = () =>
  until(() => inBook("SELECT id FROM load").length === 0, "the book to be freed");

describe("a second destination", () => {
  test("is brought what comes from when it was added on, and keeps it once retired", async () => {
    const { store, add, retire } = await open();
    await store.write(pointsOf(0, 10));
    await add(official);
    await store.write(pointsOf(10, 20));
    await drained();
    expect(await held(official.store.url)).toEqual(numbers(10, 20));
    await retire("official");
    await store.write(pointsOf(20, 30));
    expect(destinations.list().map(({ name }) => name)).toEqual(["pilot"]);
    expect(await held(official.store.url)).toEqual(numbers(10, 20));
    expect(await held(pilot)).toEqual(numbers(0, 30));
  });

  test("leaves nothing behind once retired: a later start brings nothing of it", async () => {
    const { store, add, retire } = await open();
    await add(official);
    place(official.store.url).fault = new Error("away for good");
    await store.write([pointOf(0, 1)]);
    await retire("official");
    await isFreed();
    await store.write([pointOf(0, 2)]);
    await close();
    await open();
    await isFreed();
    expect(await held(pilot)).toEqual([2]);
  });

  test("that is away loses nothing and holds nobody up, across a restart", async () => {
    const { add } = await open();
    await add(official);
    place(official.store.url).fault = new Error("connection refused");
    await destinations.store.write(pointsOf(0, 12_000));
    await until(() => destinations.list()[0]?.fault ?? destinations.list()[1]?.fault, "its fault");
    expect(destinations.list().find(({ name }) => name === "official")).toMatchObject({
      role: "second",
      fault: "connection refused",
      backlog: { loads: 3, points: 12_000 },
    });
    await close();
    await open();
    await destinations.store.write(pointsOf(12_000, 12_010));
    place(official.store.url).fault = undefined;
    await drained();
    expect(await held(official.store.url)).toEqual(numbers(0, 12_010));
  });

  test("is brought only what is its business", async () => {
    const { add, store } = await open();
    await add({ ...official, devices: ["82/29870/*/*"] });
    await store.write([...pointsOf(0, 5), ...pointsOf(0, 5, 1)]);
    await drained();
    expect(await held(official.store.url)).toEqual([]);
    expect(await held(official.store.url, 1)).toEqual(numbers(0, 5));
  });

  test("is passed over with what it will never take, which is counted", async () => {
    const { add, store } = await open();
    await add(official);
    place(official.store.url).unsupported = ["string"];
    await store.write([pointOf(0), pointOf(1, "v1.2"), pointOf(2)]);
    await drained();
    expect(await held(official.store.url)).toEqual([0, 2]);
    expect(destinations.list().find(({ name }) => name === "official")).toMatchObject({
      refused: 1,
      refusal: "its store holds no texts",
    });
  });

  test("has nothing that the main store refused for ever", async () => {
    const { add, store } = await open();
    await add(official);
    place(official.store.url).fault = new Error("away");
    const batch = pointsOf(0, 4);
    place(pilot).fault = new PermanentError("a field of another type");
    await expect(store.write(batch)).rejects.toThrow(PermanentError);
    place(pilot).fault = undefined;
    await store.write(batch.slice(0, 2));
    place(official.store.url).fault = undefined;
    await drained();
    expect(await held(official.store.url)).toEqual([0, 1]);
  });

  test("gets once what the main store was offered again and again", async () => {
    const { add, store } = await open();
    await add(official);
    place(pilot).fault = new Error("down");
    place(official.store.url).fault = new Error("down, too");
    const batch = pointsOf(0, 4);
    for (let n = 0; n < 5; n++) await expect(store.write(batch)).rejects.toThrow("down");
    expect(destinations.list().find(({ name }) => name === "official")?.backlog.points).toBe(4);
    place(pilot).fault = undefined;
    await store.write(batch);
    place(official.store.url).fault = undefined;
    await drained();
    expect(await held(official.store.url)).toEqual(numbers(0, 4));
  });

  test("for which more has come than may wait is brought the rest from history", async () => {
    const { add, store } = await open({ maxBytes: 200_000 });
    await add(official);
    place(official.store.url).fault = new Error("away for weeks");
    for (let n = 0; n < 5; n++) await store.write(pointsOf(n * 5000, n * 5000 + 5000));
    const why = "more had come than could wait on disk";
    await until(
      () => destinations.list().some(({ backfills }) => backfills.some((b) => b.why === why)),
      "the gap to be noted",
    );
    place(official.store.url).fault = undefined;
    await settled("official");
    await drained();
    expect(await held(official.store.url)).toEqual(numbers(0, 25_000));
  });
});

describe("the main store", () => {
  test("is given after a crash what was put down for the others and not yet in it", async () => {
    const { add, store } = await open();
    await add(official);
    place(official.store.url).fault = new Error("no route to host");
    place(pilot).fault = new Error("connection refused");
    await expect(store.write(pointsOf(0, 10))).rejects.toThrow("refused");
    await close();
    place(pilot).fault = undefined;
    await open();
    await until(async () => (await held(pilot)).length > 0, "the main store to be given it");
    expect(await held(pilot)).toEqual(numbers(0, 10));
    place(official.store.url).fault = undefined;
    await drained();
    expect(await held(official.store.url)).toEqual(numbers(0, 10));
  });
});

describe("what an earlier run left for the main store", () => {
  /** Put down, and in no store; then the process ended. */
  async function leave(): Promise<void> {
    const { add, store } = await open();
    await add(official);
    for (const url of [pilot, official.store.url]) place(url).fault = new Error("refused");
    await expect(store.write(pointsOf(0, 4))).rejects.toThrow("refused");
    await close();
    for (const url of [pilot, official.store.url]) place(url).fault = undefined;
  }
  const faultOf = (role: string) => destinations.list().find((one) => one.role === role)?.fault;

  test("waits for it, which the list says", async () => {
    await leave();
    place(pilot).fault = new Error("connection refused");
    await open();
    await until(() => faultOf("main") === "connection refused", "its fault");
    place(pilot).fault = undefined;
    await isFreed();
    expect([faultOf("main"), await held(pilot)]).toEqual([null, numbers(0, 4)]);
  });

  test("and can't be read is told, tried again and given when it can", async () => {
    await leave();
    inBook("UPDATE load SET body = '{' || body");
    await open();
    await until(() => faultOf("main") && faultOf("second"), "the fault to be seen");
    expect(lines).toContainEqual(
      expect.objectContaining({ destination: "pilot", msg: "bringing to a destination failed" }),
    );
    inBook("UPDATE load SET body = substr(body, 2)");
    await isFreed();
    await until(() => faultOf("main") === null && faultOf("second") === null, "no more faults");
    for (const url of [pilot, official.store.url]) expect(await held(url)).toEqual(numbers(0, 4));
  });

  test("and is refused for good is told and passed over", async () => {
    await leave();
    place(pilot).fault = new PermanentError("a field of another type");
    await open();
    await isFreed();
    expect(lines).toContainEqual(
      expect.objectContaining({ destination: "pilot", points: 4, why: "a field of another type" }),
    );
  });
});

describe("history", () => {
  test("is brought beside what comes now, and verified by day and series", async () => {
    const { add, store, backfill, verify } = await open();
    const spread = numbers(0, 600).map((n): Point => ({ ...pointOf(n), ts: start + n * 600_000 }));
    await store.write(spread);
    await add(official);
    const times = { from: start, to: start + 5 * day };
    expect(await verify("official", times)).toMatchObject({
      series: 1,
      days: 5,
      readings: { here: 600, there: 0 },
      differing: 5,
    });
    backfill("official", times, 100_000);
    await store.write([{ ...pointOf(0), ts: start + 6 * day }]);
    await settled("official");
    await drained();
    expect(await verify("official", times)).toEqual({
      series: 1,
      days: 5,
      readings: { here: 600, there: 600 },
      differing: 0,
      differences: [],
    });
    expect(await verify("official", { from: start, to: start + 9 * day })).toMatchObject({
      readings: { here: 601, there: 601 },
      differing: 0,
    });
    // One value, one flag: each is found, with its day.
    await place(official.store.url).store.write([{ ...pointOf(3, 99), ts: start + 600_000 * 3 }]);
    const { differences } = await verify("official", times);
    expect(differences).toMatchObject([{ quantity: "water_level_m", day: "2026-11-01" }]);
  });

  test("has its roll-ups with it, for a destination of one class too", async () => {
    const { add, store, backfill } = await open();
    const [water] = series as [Point["series"]];
    const rolledAt = (ts: number): Point => ({
      series: { ...water, measurement: "water_1h" },
      ts,
      fields: [{ name: "water_level_m_mean", type: "float", value: ts / 1e12, flag: 1 }],
    });
    await store.write([rolledAt(start)]);
    await add({ ...official, measurements: ["water"] });
    backfill("official", { from: start, to: start + day }, 60);
    await store.write([rolledAt(start + 2 * day)]);
    await settled("official");
    await drained();
    const fields = [{ name: "water_level_m_mean", type: "float" }] as const;
    const query = { series: rolledAt(0).series, fields, from: start, to: start + 9 * day };
    const found = await place(official.store.url).store.query(query);
    expect(found.get("water_level_m_mean")?.map(([ts]) => ts)).toEqual([start, start + 2 * day]);
  });

  test("counts what the other store will never take of it", async () => {
    const { add, store, backfill } = await open();
    await store.write(pointsOf(0, 4));
    await add(official);
    place(official.store.url).fault = new PermanentError("a field of another type");
    backfill("official", { from: start, to: start + day }, 100_000);
    await settled("official");
    expect(destinations.list().find(({ name }) => name === "official")).toMatchObject({
      refused: 4,
      refusal: "a field of another type",
      backfills: [{ points: 0 }],
    });
  });

  test("goes on where it was after a stop", async () => {
    const { add, store, backfill } = await open();
    await store.write([...pointsOf(0, 50), ...pointsOf(0, 50, 1)]);
    await add(official);
    backfill("official", { from: start, to: start + day }, 60);
    await until(() => destinations.list().some((d) => d.backfills[0]?.cursor), "a device whole");
    await close();
    await open();
    await settled("official");
    expect(await held(official.store.url)).toEqual(numbers(0, 50));
    expect(await held(official.store.url, 1)).toEqual(numbers(0, 50));
  });
});

describe("a cut-over", () => {
  test("there and back, under load, loses and doubles nothing", async () => {
    const { add, store, cutOver } = await open();
    await add(official);
    let written = 0;
    let over = false;
    const load = (async () => {
      while (!over) {
        await store.write(pointsOf(written, written + 50));
        written += 50;
        await pause(1);
      }
    })();
    const roles = () =>
      Object.fromEntries(destinations.list().map(({ name, role }) => [name, role]));
    expect(roles()).toEqual({ pilot: "main", official: "second" });
    await cutOver("official");
    expect(roles()).toEqual({ pilot: "second", official: "main" });
    const atCut = written;
    await until(() => written > atCut + 500, "some load after it");
    await cutOver("pilot");
    await until(() => written > atCut + 1000, "some load after that");
    over = true;
    await load;
    await drained();
    expect(await held(pilot)).toEqual(numbers(0, written));
    expect(await held(official.store.url)).toEqual(numbers(0, written));
  });

  test("stands after a restart", async () => {
    const { add, cutOver } = await open();
    await add(official);
    await cutOver("official");
    await close();
    await open();
    await destinations.store.write(pointsOf(0, 3));
    expect(destinations.list().find(({ role }) => role === "main")?.name).toBe("official");
    await drained();
    expect(await held(pilot)).toEqual(numbers(0, 3));
  });

  test("away from a main store that is dead brings it later what it has missed", async () => {
    const { add, store, cutOver } = await open();
    await add(official);
    place(pilot).fault = new Error("the pilot centre burns");
    const batch = pointsOf(0, 4);
    await expect(store.write(batch)).rejects.toThrow("burns");
    await cutOver("official");
    await store.write(batch);
    expect(await held(official.store.url)).toEqual(numbers(0, 4));
    place(pilot).fault = undefined;
    await drained();
    expect(await held(pilot)).toEqual(numbers(0, 4));
  });

  test("after a crash in the middle of a write brings the old main store what it did not get", async () => {
    const { add, store } = await open();
    await add(official);
    await store.write(pointsOf(0, 10));
    place(pilot).fault = new Error("connection refused");
    await expect(store.write(pointsOf(10, 20))).rejects.toThrow("refused");
    await drained();
    await close();
    await open();
    // The other has them already, so they are not offered again: whoever asks there finds them.
    await destinations.cutOver("official");
    place(pilot).fault = undefined;
    await drained();
    expect(await held(official.store.url)).toEqual(numbers(0, 20));
    expect(await held(pilot)).toEqual(numbers(0, 20));
  });

  test("asked for twice at once is made once: what the old main store lacks is still brought to it", async () => {
    const { add, store, cutOver } = await open();
    await add(official);
    place(pilot).fault = new Error("down");
    const batch = pointsOf(0, 4);
    await expect(store.write(batch)).rejects.toThrow("down");
    const both = [cutOver("official"), store.write(batch), cutOver("official")];
    const ends = (await Promise.allSettled(both)).map(({ status }) => status);
    expect(ends).toEqual(["fulfilled", "fulfilled", "rejected"]);
    place(pilot).fault = undefined;
    await drained();
    expect(await held(pilot)).toEqual(numbers(0, 4));
  });

  test("to one that does not answer changes nothing", async () => {
    const { add, store, cutOver } = await open({ cutOverMs: 100 });
    await add(official);
    place(official.store.url).fault = new Error("no route to host");
    await store.write(pointsOf(0, 4));
    await expect(cutOver("official")).rejects.toThrow(/no route to host; nothing has changed/);
    await store.write(pointsOf(4, 8));
    expect(await held(pilot)).toEqual(numbers(0, 8));
    place(official.store.url).fault = undefined;
    await drained();
    expect(await held(official.store.url)).toEqual(numbers(0, 8));
  });

  test("is refused with its reason", async () => {
    const { add, store, cutOver, retire, backfill } = await open({ cutOverPoints: 2 });
    await expect(cutOver("nowhere")).rejects.toThrow(
      `there is no destination "nowhere"; there are pilot`,
    );
    await expect(retire("pilot")).rejects.toThrow("pilot is the main store");
    await add(official);
    await expect(add(official)).rejects.toThrow("retire it first");
    place(official.store.url).fault = new Error("away");
    await store.write(pointsOf(0, 3));
    await expect(cutOver("official")).rejects.toThrow("3 points wait for official");
    place(official.store.url).fault = undefined;
    await drained();
    place(official.store.url).fault = new Error("away");
    backfill("official", { from: start, to: start + day }, 1);
    await expect(cutOver("official")).rejects.toThrow("still being given history");
  });
});
