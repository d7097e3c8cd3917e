import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NoRoom, topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { loadCatalogue } from "./catalogue.ts";
import { createDiscovery, type Discovery } from "./discovery.ts";
import { openPipeline, type Pipeline } from "./pipeline.ts";
import { station } from "./registry/change.ts";
import { openRegistry, type Registry } from "./registry.ts";
import { openSqlite } from "./stores/sqlite.ts";
import type { Store } from "./stores/store.ts";

const catalogue = loadCatalogue(fileURLToPath(new URL("../../schemas/", import.meta.url)));
const fresh = "82/29869/cau-cao-lanh/moi-01";
const other = "82/29869/cau-cao-lanh/moi-02";
const by = { actor: station, how: "adopt" };
const all = () => true;
let now: number;
let folder: TemporaryFolder;
let registry: Registry;
let store: Store;
let pipeline: Pipeline;
let discovery: Discovery;
let access: ReturnType<typeof openAccess>;

function open(): void {
  const log = pino({ level: "silent" });
  registry = openRegistry(join(folder.path, "registry.db"), catalogue);
  access = openAccess(join(folder.path, "access.db"));
  store = openSqlite({ file: join(folder.path, "store.db") });
  pipeline = openPipeline({ folder: folder.path, registry, store, log, now: () => now });
  discovery = createDiscovery({ pipeline, registry, access });
}
async function close(): Promise<void> {
  await pipeline.close();
  await store.close();
  registry.close();
  access.close();
}
beforeEach(() => {
  now = Date.UTC(2026, 10, 1);
  folder = temporaryFolder();
  open();
});
afterEach(async () => {
  await close();
  folder[Symbol.dispose]();
});

const send = (device: string, payload: unknown) =>
  pipeline.accept({
    topic: topicOf(device, "telemetry"),
    payload: Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)),
  });
const envelope = (seq: number, ts: number, values: object) => ({
  ...{ v: 1, agent: "gw-01", epoch: "e1", seq },
  samples: [{ ts, values }],
});
const settled = () =>
  until(() => pipeline.ledger.report().total.pending === 0, "nothing pending", 30_000);
async function points(quantity: string) {
  const device = registry.find(fresh);
  if (!device) throw new Error("it must be registered");
  const fields = [{ name: quantity, type: "float" as const }];
  const found = await store.query({ series: device.series, fields, from: 0, to: now + 1e9 });
  return found.get(quantity)?.map(([ts, value]) => [ts, value]);
}

test("what waited is stored as it was sent, its numbers without a gap, whatever came in between", async () => {
  const sent: [number, number][] = [];
  for (let seq = 1; seq <= 40; seq++) {
    const ts = now;
    sent.push([ts, seq / 10]);
    await send(fresh, envelope(seq, ts, { water_level_m: seq / 10 }));
    if (seq % 10 === 0) await send(fresh, envelope(seq, ts, { water_level_m: seq / 10 })); // once more
    now += 60_000;
  }
  const [found] = discovery.list(all);
  expect(found).toMatchObject({ id: fresh, messages: 40, readings: 40, registered: false });
  expect(found?.guess[0]).toMatchObject({ profile: "generic-water", confidence: 1 });
  expect(found?.firstSeenAt).toBe(sent[0]?.[0]);
  expect(JSON.parse(found?.sample?.payload ?? "")).toMatchObject({ seq: 40 });

  const adopting = discovery.adopt({ identity: fresh }, by);
  // Live ones overtake what is being judged anew.
  await send(fresh, envelope(41, now, { water_level_m: 4.1 }));
  sent.push([now, 4.1]);
  expect(await adopting).toEqual({
    device: { identity: fresh, profile: "generic-water" },
    replayed: 40,
    sender: null,
  });
  await settled();
  expect(await points("water_level_m")).toEqual(sent);
  expect(pipeline.ledger.report().epochs).toMatchObject([
    { device: fresh, epoch: "e1", received: 45, stored: 41, duplicate: 4, missing: [] },
  ]);
  expect(discovery.list(all)).toEqual([]);
});

test("flat values keep the time at which they came; what is wrong with the rest is told for what it is", async () => {
  await send(fresh, { water_level_m: 1.5 });
  const came = now;
  now += 3_600_000;
  await send(fresh, "no JSON");
  await send(fresh, { ts: now + 600_000, values: { water_level_m: 9 } });
  await send(fresh, { ts: now, values: { water_level_m: 2, colour: "red" } });
  now += 3_600_000; // by now the one that was ahead would be in the past
  expect(await discovery.adopt({ identity: fresh, profile: "generic-water" }, by)).toMatchObject({
    replayed: 4,
  });
  await settled();
  expect(await points("water_level_m")).toEqual([
    [came, 1.5],
    [now - 3_600_000, 2],
  ]);
  expect(new Map(pipeline.quarantine.countByReason())).toEqual(
    new Map([
      ["invalid-json", 1],
      ["clock-ahead", 1],
      ["unknown-quantity", 1],
    ]),
  );
  const { total } = pipeline.ledger.report();
  expect(total).toEqual({ received: 5, stored: 2, duplicate: 0, quarantined: 3, pending: 0 });
});

test("a noisy stranger fills its own place: it is refused, and the others are not", async () => {
  const { limits } = pipeline.quarantine.waiting;
  const big = JSON.stringify({ water_level_m: 1, note: "x".repeat(200_000) });
  const fit = Math.floor(limits.bytes / big.length);
  for (let n = 0; n < fit; n++) await send(fresh, big);
  await expect(send(fresh, big)).rejects.toBeInstanceOf(NoRoom);
  await send(fresh, { water_level_m: 1 });
  await send(other, { water_level_m: 2 });
  const [noisy, quiet] = discovery.list(all);
  expect([noisy, quiet]).toMatchObject([
    { id: fresh, messages: fit + 1, refused: 1 },
    { id: other, messages: 1, refused: 0 },
  ]);
  expect(pipeline.ledger.report().total.received).toBe(fit * 2 + 2);
  // The count is the disk's, also after a restart, and what is let go makes room.
  await close();
  open();
  await expect(send(fresh, big)).rejects.toBeInstanceOf(NoRoom);
  expect(discovery.ignore(fresh, true, true)).toBe(fit + 1);
  await send(fresh, big);
  expect(discovery.list(all)).toMatchObject([
    { id: fresh, ignored: true, messages: 1 },
    { id: other },
  ]);
});

test("strangers without number find no room, and those that wait keep theirs", async () => {
  const { limits } = pipeline.quarantine.waiting;
  const ids = Array.from({ length: limits.devices }, (_, n) => `82/29869/x/d-${n}`);
  await Promise.all(ids.map((id) => send(id, { water_level_m: 1 })));
  await expect(send(fresh, { water_level_m: 1 })).rejects.toBeInstanceOf(NoRoom);
  await send(ids[0] ?? "", { water_level_m: 2 });
  expect(pipeline.quarantine.waiting.refusedMessages).toBe(1);
});

test("who brought it speaks for it; what tells of no profile is asked for; what is known stays as it is", async () => {
  await access.addAccount("gw", [], ["82/29869/cau-cao-lanh"]);
  access.joins.bring("gw", fresh, 9);
  await send(fresh, { mystery: 7 });
  await expect(discovery.adopt({ identity: fresh }, by)).rejects.toMatchObject({
    kind: "bad-value",
  });
  await expect(discovery.adopt({ identity: fresh, profile: "none" }, by)).rejects.toMatchObject({
    kind: "bad-value",
  });
  await expect(discovery.adopt({ identity: other }, by)).rejects.toMatchObject({
    kind: "nothing-waits",
  });
  expect(registry.find(fresh)).toBeUndefined();
  expect(access.joins.isOwned(fresh)).toBe(false);
  const label = { vi: "Mới", en: "New" };
  const adopted = await discovery.adopt({ identity: fresh, profile: "generic-water", label }, by);
  expect(adopted).toMatchObject({ sender: "gw", device: { label } });
  expect(access.account("gw")?.publishes).toEqual([fresh]);

  // Registered by hand while something waits: adopting only judges it anew.
  await send(other, { water_level_m: 3 });
  registry.put({ identity: other, profile: "generic-water" });
  expect(discovery.list(all)).toMatchObject([{ id: other, registered: true }]);
  await expect(
    discovery.adopt({ identity: other, profile: "generic-power" }, by),
  ).rejects.toMatchObject({ kind: "registered" });
  expect(await discovery.adopt({ identity: other }, by)).toMatchObject({ replayed: 1 });
});

test("an item that is tried twice at the same time counts once", async () => {
  await send(fresh, { ts: now, values: { water_level_m: 1 } });
  registry.put({ identity: fresh, profile: "generic-water" });
  const [item] = pipeline.quarantine.list().items;
  const both = [pipeline.replay(item?.id ?? 0), pipeline.replay(item?.id ?? 0)];
  expect(await Promise.all(both)).toEqual(["replayed", "unknown"]);
  await settled();
  expect(pipeline.ledger.report().total).toMatchObject({ received: 1, stored: 1, quarantined: 0 });
});
