import { cpSync } from "node:fs";
import { topicOf } from "@kenh/schemas";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { gauge, registryOf, weather } from "../../test/support/registry.ts";
import { openPipeline, type Pipeline } from "./pipeline.ts";
import { openSqlite } from "./stores/sqlite.ts";
import type { Store } from "./stores/store.ts";

const now = 1_790_000_000_000;
const log = pino({ level: "silent" });
let folder: TemporaryFolder;
let store: Store;
let pipeline: Pipeline;
const registry = registryOf(gauge, weather);

function open(): Pipeline {
  return openPipeline({ folder: folder.path, registry, store, log, now: () => now });
}
beforeEach(() => {
  folder = temporaryFolder();
  store = openSqlite({ file: `${folder.path}/store.db` });
  pipeline = open();
});
afterEach(async () => {
  await pipeline.close();
  await store.close();
  folder[Symbol.dispose]();
});

const send = (payload: unknown, device = gauge.identity, at = pipeline) =>
  at.accept({
    topic: topicOf(device, "telemetry"),
    payload: Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)),
  });
const message = (seq: number, samples: object[], epoch = "e1") => ({
  v: 1,
  agent: "gw-01",
  epoch,
  seq,
  samples,
});
const level = (ts: number, value: number) => ({ ts, values: { water_level_m: value } });
const quiet = () => until(() => pipeline.ledger.report().total.pending === 0, "an empty spool");
const total = () => pipeline.ledger.report().total;

async function stored(name = "water_level_m", device = gauge.identity) {
  const series = registry.find(device)?.series;
  if (!series) throw new Error("not registered");
  const type = registry.find(device)?.quantities.get(name)?.type ?? "float";
  const found = await store.query({ series, fields: [{ name, type }], from: 0, to: now * 2 });
  return found.get(name) ?? [];
}
const counts = (received: number, s: number, duplicate: number, quarantined: number) => ({
  received,
  stored: s,
  duplicate,
  quarantined,
  pending: 0,
});

describe("from the door to the store", () => {
  test("every reading is stored once, and the books say so", async () => {
    await send(message(1, [level(1, 1.5), level(2, 1.6)]));
    await send(message(2, [level(3, 1.7)]));
    await quiet();
    expect(await stored()).toEqual([
      [1, 1.5, 2],
      [2, 1.6, 2],
      [3, 1.7, 2],
    ]);
    expect(pipeline.ledger.report().epochs).toEqual([
      { device: gauge.identity, epoch: "e1", ...counts(3, 3, 0, 0), missing: [], last: 2 },
    ]);
  });

  test("what comes twice is a duplicate, in one message, in two, and after a restart", async () => {
    await send(message(1, [level(1, 1.5), level(1, 1.5)]));
    await send(message(1, [level(1, 1.5), level(1, 1.5)]));
    await quiet();
    await pipeline.close();
    pipeline = open();
    await send(message(2, [level(1, 1.5), level(2, 1.6)]));
    await quiet();
    expect(total()).toEqual(counts(6, 2, 4, 0));
    expect(await stored()).toEqual([
      [1, 1.5, 2],
      [2, 1.6, 2],
    ]);
  });

  test("a second value for the same instant is set aside, the first one stands", async () => {
    await send(message(1, [level(1, 1.5)]));
    await send(message(2, [level(1, 1.6), level(2, 1.7), level(2, 1.8)]));
    await quiet();
    expect(total()).toEqual(counts(4, 2, 0, 2));
    expect(await stored()).toEqual([
      [1, 1.5, 2],
      [2, 1.7, 2],
    ]);
    const {
      total: items,
      items: [item],
    } = pipeline.quarantine.list();
    expect(items).toBe(1);
    expect(item).toMatchObject({ reason: "store-rejected", device: gauge.identity, readings: 2 });
    expect(item?.detail).toContain("1.5");
    expect(JSON.parse(item?.payload ?? "")).toEqual([level(1, 1.6), level(2, 1.8)]);
  });

  test("late readings fill the gap they left", async () => {
    await send(message(1, [level(1, 1.1)]));
    await send(message(4, [level(4, 1.4)]));
    await quiet();
    expect(pipeline.ledger.report().epochs[0]?.missing).toEqual([[2, 3]]);
    await send(message(3, [level(3, 1.3)]));
    await send(message(2, [level(2, 1.2)]));
    await quiet();
    expect(pipeline.ledger.report().epochs[0]?.missing).toEqual([]);
    expect((await stored()).map(([ts]) => ts)).toEqual([1, 2, 3, 4]);
    expect(total()).toEqual(counts(4, 4, 0, 0));
  });

  test("the newest value is the one measured last, not the one that came last", async () => {
    await send(message(1, [level(9, 1.9)]));
    await send(message(2, [level(4, 1.4)]));
    expect(pipeline.latest.of(gauge.identity)?.values.get("water_level_m")).toEqual({
      ts: 9,
      value: 1.9,
      flag: 2,
    });
  });
});

describe("quarantine", () => {
  test("a bad reading stands aside, whole, and its neighbours are stored", async () => {
    await send(message(1, [{ ts: 1, values: { water_level_m: 1.5, tide: 3, battery_v: "low" } }]));
    await quiet();
    expect(total()).toEqual(counts(3, 1, 0, 2));
    const { items } = pipeline.quarantine.list();
    expect(items.map(({ reason }) => reason).sort()).toEqual(["type-mismatch", "unknown-quantity"]);
    for (const { payload, receivedAt, topic } of items) {
      expect(JSON.parse(payload)).toMatchObject({ epoch: "e1", seq: 1, samples: [{ ts: 1 }] });
      expect(receivedAt).toBe(now);
      expect(topic).toBe(topicOf(gauge.identity, "telemetry"));
    }
  });

  test("a message that comes again is not set aside twice", async () => {
    const bad = message(1, [{ ts: 1, values: { tide: 3 } }]);
    await Promise.all([send(bad), send(bad)]);
    await send(bad);
    await quiet();
    expect(total()).toEqual(counts(3, 0, 2, 1));
    expect(pipeline.quarantine.list().total).toBe(1);
  });

  test.each([
    ["invalid-json", '{"water_level_m":1.'],
    ["invalid-json", "\ufeff{}"],
    ["invalid-envelope", "[]"],
    ["too-large", `{"firmware":"${"x".repeat(256 * 1024)}"}`],
  ])("%s", async (reason, payload) => {
    await send(payload);
    expect(total()).toEqual(counts(1, 0, 0, 1));
    const { items } = pipeline.quarantine.list();
    expect(items).toMatchObject([{ reason, payload, readings: 1, encoding: "utf8" }]);
  });

  test("what is nested too deeply to be written again is kept whole, and holds nobody up", async () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    await Promise.all([
      send(`{"water_level_m":${deep}}`),
      send(`{"tide":${deep},"water_level_m":1}`),
      send(message(1, [level(1, 1.5)])),
    ]);
    await quiet();
    expect(total()).toEqual(counts(3, 1, 0, 2));
    expect(pipeline.quarantine.list().items).toMatchObject([
      { reason: "invalid-json" },
      { reason: "invalid-json" },
    ]);
  });

  test("bytes that are no text are kept as they are", async () => {
    await pipeline.accept({
      topic: topicOf(gauge.identity, "telemetry"),
      payload: Buffer.from([0xff, 0, 0x80]),
    });
    expect(pipeline.quarantine.list().items).toMatchObject([
      { reason: "invalid-json", encoding: "base64", payload: "/wCA" },
    ]);
  });

  test("an unknown device's readings wait, and are stored once it is registered", async () => {
    const stranger = { identity: "82/29869/kenh/muc-nuoc-09", profile: "generic-water" };
    await send(message(1, [level(1, 1.5), level(2, 1.6)]), stranger.identity);
    expect(total()).toEqual(counts(2, 0, 0, 2));
    const id = pipeline.quarantine.list({ device: stranger.identity }).items[0]?.id ?? 0;
    expect(await pipeline.replay(id)).toBe("refused");
    registry.put(stranger);
    expect(await pipeline.replay(id)).toBe("replayed");
    await quiet();
    expect(total()).toEqual(counts(2, 2, 0, 0));
    expect((await stored("water_level_m", stranger.identity)).length).toBe(2);
    expect(await pipeline.replay(id)).toBe("unknown");
    registry.remove(stranger.identity);
  });

  test("a scope sees its own items", async () => {
    await send("{", gauge.identity);
    await pipeline.accept({ topic: "somewhere/else", payload: Buffer.from("1") });
    expect(pipeline.quarantine.list().total).toBe(2);
    expect(pipeline.quarantine.list({ visible: (device) => device !== null }).total).toBe(1);
  });
});

test("what is in the spool at the end is delivered after the next start", async () => {
  await store.close();
  for (let seq = 1; seq <= 50; seq++) await send(message(seq, [level(seq, 1)]));
  expect(total()).toMatchObject({ received: 50, stored: 0, pending: 50 });
  await pipeline.close();
  store = openSqlite({ file: `${folder.path}/store.db` });
  pipeline = open();
  await quiet();
  expect(total()).toEqual(counts(50, 50, 0, 0));
  expect((await stored()).length).toBe(50);
});

test("late readings are stored, not duplicate, when a kill falls between the store and the books", async () => {
  await send(message(1, [level(1, 1.1), level(9, 1.9)]));
  await quiet();
  const crashed = `${folder.path}/crashed`;
  const { write } = store;
  store.write = async (batch) => {
    await write(batch);
    for (const end of ["", "-wal"])
      cpSync(`${folder.path}/spool.db${end}`, `${crashed}/spool.db${end}`);
  };
  await send(message(2, [level(1, 1.1), level(5, 1.5), level(5, 1.5)]));
  await quiet();
  expect(total()).toEqual(counts(5, 3, 2, 0));
  await pipeline.close();
  store.write = write;
  pipeline = openPipeline({ folder: crashed, registry, store, log, now: () => now });
  expect(total()).toMatchObject({ stored: 2, pending: 3 });
  await quiet();
  expect(total()).toEqual(counts(5, 3, 2, 0));
  expect((await stored()).map(([ts]) => ts)).toEqual([1, 5, 9]);
});

test("a second process is refused", () => {
  expect(() => open()).toThrow(/open in another process/);
});

test("readings of a device that was taken out meanwhile are set aside, not lost", async () => {
  const passing = { identity: "82/29869/kenh/tam-01", profile: "generic-water" };
  registry.put(passing);
  await store.close();
  await send(message(1, [level(1, 1), level(2, 2)]), passing.identity);
  await pipeline.close();
  registry.remove(passing.identity);
  store = openSqlite({ file: `${folder.path}/store.db` });
  pipeline = open();
  await quiet();
  expect(total()).toEqual(counts(2, 0, 0, 2));
  expect(pipeline.quarantine.list().items).toMatchObject([
    { reason: "unknown-device", readings: 2 },
  ]);
});
