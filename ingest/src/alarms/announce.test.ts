import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Alarm, type AlarmRule, alarmSchema } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { loadCatalogue } from "../catalogue.ts";
import { openRegistry, type RegisteredDevice } from "../registry.ts";
import { openSqlite } from "../stores/sqlite.ts";
import { PermanentError, type Point } from "../stores/store.ts";
import { announce, byMqtt, byStore, pointOf, type Way } from "./announce.ts";
import { openAlarms } from "./engine.ts";

const catalogue = loadCatalogue(fileURLToPath(new URL("../../../schemas/", import.meta.url)));
const rule = catalogue.rules.get("water.bd3") as AlarmRule;
const identity = "82/29869/cau-cao-lanh/muc-nuoc-01";
const log = pino({ level: "silent" });
const limits = { batch: 2, firstRetryMs: 1, maxRetryMs: 4 };

let folder: TemporaryFolder;
let device: RegisteredDevice;
let count = 0;
beforeAll(() => {
  folder = temporaryFolder("kenh-announce");
  const registry = openRegistry(join(folder.path, "registry.db"), catalogue);
  registry.put({ identity, profile: "generic-water" });
  device = registry.find(identity) as RegisteredDevice;
  registry.close();
});
afterAll(() => folder[Symbol.dispose]());

function open(file = join(folder.path, `${++count}`, "alarms.db")) {
  const metrics = new Metrics();
  const rules = [{ ...rule, onDelayMs: 0, offDelayMs: 0 }];
  const alarms = openAlarms(file, { rules, now: () => 1_790_000_000_000, log, metrics });
  /** One transition for each level. */
  const feed = (from: number, levels: readonly number[]) =>
    levels.forEach((value, at) => {
      const fields = [{ name: "water_level_m", type: "float" as const, value, flag: 2 as const }];
      const samples = [{ series: device.series, ts: from + at, fields }];
      alarms.feed(from + at, [{ device, samples }]);
    });
  return { alarms, feed, file, metrics };
}

describe("announce", () => {
  test("gives every transition to each way in order, in pieces", async () => {
    const { alarms, feed, metrics } = open();
    const topics: string[] = [];
    const published: Alarm[] = [];
    const points: Point[][] = [];
    const stop = new AbortController();
    const ways = [
      byMqtt(async (topic, payload) => {
        topics.push(topic);
        published.push(alarmSchema.parse(JSON.parse(payload)));
      }),
      byStore(async (batch) => {
        points.push([...batch]);
      }),
    ];
    const done = announce(alarms, ways, { signal: stop.signal, log, metrics, limits });
    feed(1, [2.4, 2, 2.5, 2.1, 2.6]);
    await until(() => published.length === 5 && points.flat().length === 5, "five transitions");
    expect(new Set(topics)).toEqual(new Set([`kenh/v1/${identity}/alarm`]));
    expect(published.map(({ version, value }) => [version, value])).toEqual([
      [1, 2.4],
      [2, 2],
      [3, 2.5],
      [4, 2.1],
      [5, 2.6],
    ]);
    expect(Math.max(...points.map(({ length }) => length))).toBeLessThanOrEqual(limits.batch);
    stop.abort();
    await done;
    expect(await metrics.metrics()).toContain('kenh_alarm_announced_total{way="mqtt"} 5');
    alarms.close();
  });

  test("tries again while a way is broken, and holds no other way up", async () => {
    const { alarms, feed, metrics } = open();
    const stop = new AbortController();
    const taken: string[] = [];
    const revisions: number[] = [];
    let broken = true;
    const brokenWay: Way = {
      name: "broken",
      async announce(changes) {
        if (broken) throw new Error("connection refused");
        revisions.push(...changes.map(({ revision }) => revision));
      },
    };
    const sound = byMqtt(async (_, payload) => {
      taken.push(payload);
    });
    const done = announce(alarms, [brokenWay, sound], {
      signal: stop.signal,
      log,
      metrics,
      limits,
    });
    feed(1, [2.4, 2, 2.5]);
    await until(() => taken.length === 3, "the sound way");
    const failures = async () =>
      Number(
        /announce_failures_total\{way="broken"\} (\d+)/.exec(await metrics.metrics())?.[1] ?? 0,
      );
    await until(async () => (await failures()) >= 3, "three attempts");
    expect(await metrics.metrics()).toContain('kenh_alarm_announce_waiting{way="broken"} 3');
    broken = false;
    await until(() => revisions.length === 3, "the broken way");
    expect(revisions).toEqual([1, 2, 3]);
    stop.abort();
    await done;
    alarms.close();
  });

  test("carries on where it stood after a restart", async () => {
    const { alarms, feed, file, metrics } = open();
    const revisions: number[] = [];
    const way: Way = {
      name: "way",
      async announce(changes) {
        revisions.push(...changes.map(({ revision }) => revision));
      },
    };
    const first = new AbortController();
    const done = announce(alarms, [way], { signal: first.signal, log, metrics, limits });
    feed(1, [2.4, 2, 2.5]);
    await until(() => revisions.length === 3, "the first three");
    first.abort();
    await done;
    feed(10, [2, 2.5]);
    alarms.close();
    const again = open(file);
    const second = new AbortController();
    const { signal } = second;
    const resumed = announce(again.alarms, [way], { signal, log, metrics: again.metrics, limits });
    await until(() => revisions.length === 5, "the rest");
    expect(revisions).toEqual([1, 2, 3, 4, 5]);
    second.abort();
    await resumed;
    again.alarms.close();
  });

  test("passes over what is refused for good, counted", async () => {
    const { alarms, feed, metrics } = open();
    const stop = new AbortController();
    const revisions: number[] = [];
    const way: Way = {
      name: "way",
      async announce(changes) {
        if (changes.some(({ revision }) => revision === 2)) {
          throw new PermanentError("beyond retention");
        }
        revisions.push(...changes.map(({ revision }) => revision));
      },
    };
    feed(1, [2.4, 2, 2.5]);
    const done = announce(alarms, [way], {
      signal: stop.signal,
      log,
      metrics,
      limits: { ...limits, batch: 3 },
    });
    await until(() => revisions.length === 2, "its neighbours");
    expect(revisions).toEqual([1, 3]);
    expect(await metrics.metrics()).toContain('kenh_alarm_announce_refused_total{way="way"} 1');
    stop.abort();
    await done;
    alarms.close();
  });
});

describe("the point of a transition", () => {
  test("is as the store mapping says", () => {
    const { alarms, feed } = open();
    feed(7, [2.4]);
    const [change] = alarms.after(0, 9);
    const { id } = JSON.parse(change?.json ?? "") as Alarm;
    alarms.operate(id, { kind: "comment", comment: "đã xem" }, { actor: "t1", version: 1 });
    const points = alarms.after(0, 9).map(pointOf);
    expect(points.map(({ ts }) => ts)).toEqual([7, 1_790_000_000_000]);
    expect(points[1]?.series).toEqual({
      measurement: "alarms",
      tags: [
        ["province", "82"],
        ["unit", "29869"],
        ["site", "cau-cao-lanh"],
        ["device", "muc-nuoc-01"],
        ["rule", "water.bd3"],
        ["priority", "1"],
      ],
    });
    const valuesOf = (point?: Point) =>
      Object.fromEntries(point?.fields.map(({ name, value }) => [name, value]) ?? []);
    const usual = { alarm: id, state: "unacknowledged", value: 2.4, limit: 2.3 };
    expect(valuesOf(points[0])).toEqual({ ...usual, event: "raise" });
    expect(valuesOf(points[1])).toEqual({
      ...usual,
      event: "comment",
      actor: "t1",
      comment: "đã xem",
    });
    alarms.close();
  });

  test("is found in a store once, however often it was announced", async () => {
    const { alarms, feed } = open();
    feed(1_790_000_000_000, [2.4, 2]);
    const store = openSqlite({ file: join(folder.path, "store.db") });
    const way = byStore((points) => store.write(points));
    const changes = alarms.after(0, 9);
    await way.announce(changes);
    await way.announce(changes);
    const { series } = pointOf(changes[0] as (typeof changes)[0]);
    const found = await store.query({
      series,
      fields: [
        { name: "event", type: "string" },
        { name: "value", type: "float" },
      ],
      from: 0,
      to: 1_800_000_000_000,
    });
    expect(found.get("event")?.map(([ts, event]) => [ts, event])).toEqual([
      [1_790_000_000_000, "raise"],
      [1_790_000_000_001, "clear"],
    ]);
    expect(found.get("value")?.map(([, value]) => value)).toEqual([2.4, 2]);
    await store.close();
    alarms.close();
  });
});
