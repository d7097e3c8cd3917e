import { bridgeIdentity, type Report, topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { gauge, registryOf } from "../../../test/support/registry.ts";
import type { Alarms } from "../alarms/alarms.ts";
import { openAlarms } from "../alarms/engine.ts";
import { openPipeline, type Pipeline } from "../pipeline.ts";
import { createPresence } from "../presence.ts";
import { openSqlite } from "../stores/sqlite.ts";
import type { Store } from "../stores/store.ts";
import { openWards, type Wards } from "./wards.ts";

const unit = "82/29869";
const device = gauge.identity;
const other = `${unit}/cau-cao-lanh/muc-nuoc-02`;
const log = pino({ level: "silent" });
const now = 1_790_000_000_000;
let folder: TemporaryFolder;
let access: ReturnType<typeof openAccess>;
let store: Store;
let pipeline: Pipeline;
let alarms: Alarms;
let wards: Wards;
/** How often rules were to be brought into force again. */
let told = 0;
let metrics: Metrics;
const presence = createPresence();
const text = { vi: "a", en: "a" };
const line = { at: now, event: "raise", state: "unacknowledged", value: 3 };
const alarm = {
  ...{ id: "a", device, rule: "r", priority: 1, state: "unacknowledged", active: true },
  ...{ raisedAt: now, clearedAt: null, acknowledgedAt: null, shelvedUntil: null, value: 3 },
  ...{ limit: 2, quantity: "water_level_m", message: text, cause: text, action: text },
  ...{ version: 1, history: [{ ...line, actor: null, comment: null }], owner: text },
};

beforeEach(async () => {
  folder = temporaryFolder();
  access = openAccess(`${folder.path}/access.db`);
  await access.addAccount(unit, []);
  access.bridges.add(unit, unit);
  store = openSqlite({ file: `${folder.path}/store.db` });
  const registry = registryOf(gauge);
  pipeline = openPipeline({ folder: folder.path, registry, store, log, now: () => now });
  metrics = new Metrics();
  const options = { rules: [], registry, now: () => now, log, metrics };
  alarms = openAlarms(`${folder.path}/alarms.db`, options);
  told = 0;
  const onChange = () => void told++;
  wards = openWards({ access, alarms, pipeline, presence, onChange, log, metrics });
});
afterEach(async () => {
  await pipeline.close();
  alarms.close();
  await store.close();
  access.close();
  folder[Symbol.dispose]();
});

const report = (given: unknown, of = device) =>
  wards.accept({ topic: topicOf(of, "bridge"), payload: Buffer.from(JSON.stringify(given)) });
const aside = (item: number, readings = 2): Report => ({
  ...{ v: 1, kind: "aside", item, agent: "gw", epoch: "e1", seq: item, readings },
  ...{ reason: "clock-ahead", detail: "ahead", receivedAt: now - 1000 },
  ...{ payload: "{}", encoding: "utf8" },
});
const mended = (item: number, ...values: readonly number[]): Report => ({
  ...{ v: 1, kind: "mended", item, agent: "gw", epoch: "e1", receivedAt: now - 1000 },
  samples: values.map((value, at) => ({ ts: now - at, values: { water_level_m: value } })),
});
async function total() {
  await until(() => pipeline.ledger.report().total.pending === 0, "an empty spool");
  const { received, stored, duplicate, quarantined } = pipeline.ledger.report().total;
  return [received, stored, duplicate, quarantined];
}

test("what was set aside elsewhere is kept for its reason, once, with the number of its message", async () => {
  await report(aside(1));
  await report(aside(1));
  expect(await total()).toEqual([4, 0, 2, 2]);
  expect(pipeline.quarantine.list().items).toMatchObject([
    { reason: "clock-ahead", device, receivedAt: now - 1000, payload: "{}", readings: 2 },
  ]);
  expect(pipeline.ledger.report().epochs).toMatchObject([{ epoch: "e1", missing: [] }]);
});

test("what was mended elsewhere leaves the quarantine and goes to the store; said again, it is a duplicate", async () => {
  await report(aside(1));
  await report(mended(1, 1.5, 1.6));
  expect(await total()).toEqual([2, 2, 0, 0]);
  expect(pipeline.quarantine.list().total).toBe(0);
  await report(mended(1, 1.5, 1.6));
  expect(await total()).toEqual([4, 2, 2, 0]);
});

test("what is mended without having been heard of is new; what nothing was good of just goes", async () => {
  await report(mended(7, 1.5));
  expect(await total()).toEqual([1, 1, 0, 0]);
  await report(aside(8));
  await report(mended(8));
  expect(await total()).toEqual([1, 1, 0, 0]);
});

test("an alarm goes into the book, and one of another device than its topic's does not", async () => {
  await report({ v: 1, kind: "alarm", settled: false, alarm });
  await report({ v: 1, kind: "alarm", settled: false, alarm: { ...alarm, id: "b" } }, other);
  expect(alarms.get("a")).toMatchObject({ ward: unit, owner: alarm.owner, version: 1 });
  expect([alarms.get("b"), alarms.revision]).toEqual([undefined, 1]);
});

test("a report that is none, of another device, or of a unit without a station is counted and let go", async () => {
  await report("no report");
  await report(aside(1), "82/30000/cau/muc-nuoc");
  await wards.accept({ topic: topicOf(device, "bridge"), payload: Buffer.from([0xff]) });
  expect(await total()).toEqual([0, 0, 0, 0]);
  const found = await metrics.getSingleMetric("kenh_ward_reports_total")?.get();
  expect(found?.values).toMatchObject([{ value: 3, labels: { result: "refused" } }]);
});

test("telemetry goes by; a station counts as away until it says that it is there", async () => {
  const payload = Buffer.from(JSON.stringify({ water_level_m: 1.5 }));
  await wards.accept({ topic: topicOf(device, "telemetry"), payload });
  expect(await total()).toEqual([1, 1, 0, 0]);
  expect([wards.away(), wards.list()]).toEqual([1, [{ unit, connected: false, since: null }]]);
  const status = Buffer.from(JSON.stringify({ v: 1, state: "online", since: 5 }));
  presence.note(bridgeIdentity(unit), status);
  expect([wards.away(), wards.list()]).toEqual([0, [{ unit, connected: true, since: 5 }]]);
});

test("a unit that gets a station, or has none any more, while this one runs", async () => {
  const stopping = new AbortController();
  const running = wards.run(stopping.signal);
  await access.addAccount("82/30000", []);
  access.bridges.add("82/30000", "82/30000");
  await until(() => told === 1, "the unit that has one");
  expect(wards.list().map((one) => one.unit)).toEqual([unit, "82/30000"]);
  await report({ v: 1, kind: "alarm", settled: false, alarm });
  access.removeAccount(unit);
  await until(() => told === 2, "the unit that has none");
  expect(alarms.get("a")).toMatchObject({ state: "normal", active: false });
  stopping.abort();
  await running;
});
