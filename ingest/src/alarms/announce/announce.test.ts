import { join } from "node:path";
import { type Alarm, alarmSchema } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { openSqlite } from "../../stores/sqlite.ts";
import { PermanentError, type Point } from "../../stores/store.ts";
import { type AnnounceLimits, createAnnouncer } from "./announce.ts";
import { byMqtt } from "./mqtt.ts";
import { alarmOn, gauge as identity, openOutbox, step } from "./outbox.fixture.ts";
import { byStore, pointOf } from "./store.ts";
import { LaterError, type Way } from "./way.ts";

const log = pino({ level: "silent" });
const limits = { batch: 2, firstRetryMs: 1, maxRetryMs: 4 };

let folder: TemporaryFolder;
let count = 0;
beforeAll(() => {
  folder = temporaryFolder("kenh-announce");
});
afterAll(() => folder[Symbol.dispose]());

function open(file = join(folder.path, `${++count}.db`)) {
  const metrics = new Metrics();
  const book = openOutbox(file);
  const alarms = book.outbox;
  let alarm: Alarm = alarmOn(identity);
  /** One transition for each level: a raise above the limit, a clear below it. */
  const feed = (from: number, levels: readonly number[]) =>
    levels.forEach((value, at) => {
      alarm = step(alarm, value > 2.3 ? "raise" : "clear", from + at, { value });
      book.record(alarm);
    });
  return { ...book, alarms, feed, file, metrics, alarm: () => alarm };
}

/** Announces by these ways until it is stopped. */
function announce(
  { alarms, metrics }: ReturnType<typeof open>,
  ways: readonly Way[],
  change: Partial<AnnounceLimits> = {},
) {
  const stopping = new AbortController();
  const announcer = createAnnouncer(alarms, {
    signal: stopping.signal,
    log,
    metrics,
    now: () => 1_790_000_000_000,
    limits: { ...limits, ...change },
  });
  void announcer.use(ways);
  return {
    announcer,
    async stop() {
      stopping.abort();
      await announcer.done;
    },
  };
}

describe("announce", () => {
  test("gives every transition to each way in order, in pieces", async () => {
    const station = open();
    const { feed, metrics } = station;
    const topics: string[] = [];
    const published: Alarm[] = [];
    const points: Point[][] = [];
    const ways = [
      byMqtt(async (topic, payload) => {
        topics.push(topic);
        published.push(alarmSchema.parse(JSON.parse(payload)));
      }),
      byStore(async (batch) => {
        points.push([...batch]);
      }),
    ];
    const { stop } = announce(station, ways);
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
    await stop();
    expect(await metrics.metrics()).toContain('kenh_alarm_announced_total{way="mqtt"} 5');
    station.close();
  });

  test("tries again while a way is broken, and holds no other way up", async () => {
    const station = open();
    const { feed, metrics } = station;
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
    const { stop, announcer } = announce(station, [brokenWay, sound]);
    feed(1, [2.4, 2, 2.5]);
    await until(() => taken.length === 3, "the sound way");
    const failures = async () =>
      Number(
        /announce_failures_total\{way="broken"\} (\d+)/.exec(await metrics.metrics())?.[1] ?? 0,
      );
    await until(async () => (await failures()) >= 3, "three attempts");
    expect(await metrics.metrics()).toContain('kenh_alarm_announce_waiting{way="broken"} 3');
    const standing = () => announcer.standing().find(({ name }) => name === "broken");
    expect(standing()).toEqual({
      name: "broken",
      waiting: 3,
      failingSince: 1_790_000_000_000,
      error: "connection refused",
    });
    broken = false;
    await until(() => revisions.length === 3, "the broken way");
    expect(revisions).toEqual([1, 2, 3]);
    await until(() => standing()?.failingSince === null, "the way to be well");
    await stop();
    station.close();
  });

  test("carries on where it stood after a restart", async () => {
    const station = open();
    const { feed, file } = station;
    const revisions: number[] = [];
    const way: Way = {
      name: "way",
      async announce(changes) {
        revisions.push(...changes.map(({ revision }) => revision));
      },
    };
    const first = announce(station, [way]);
    feed(1, [2.4, 2, 2.5]);
    await until(() => revisions.length === 3, "the first three");
    await first.stop();
    feed(10, [2, 2.5]);
    station.close();
    const again = open(file);
    const second = announce(again, [way]);
    await until(() => revisions.length === 5, "the rest");
    expect(revisions).toEqual([1, 2, 3, 4, 5]);
    await second.stop();
    again.close();
  });

  test("passes over what is refused for good, counted", async () => {
    const station = open();
    const { feed, metrics } = station;
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
    const { stop } = announce(station, [way], { batch: 3 });
    await until(() => revisions.length === 2, "its neighbours");
    expect(revisions).toEqual([1, 3]);
    expect(await metrics.metrics()).toContain('kenh_alarm_announce_refused_total{way="way"} 1');
    await stop();
    station.close();
  });
});

describe("ways in force", () => {
  const noting = (name: string, revisions: number[], wants?: Way["wants"]): Way => ({
    name,
    async announce(changes) {
      revisions.push(...changes.map(({ revision }) => revision));
    },
    ...(wants && { wants }),
  });

  test("are exchanged while others go on, and a successor carries on where it stood", async () => {
    const station = open();
    const { feed } = station;
    const [kept, first, second] = [[], [], []] as [number[], number[], number[]];
    const stays = noting("stays", kept);
    const { stop, announcer } = announce(station, [stays, noting("way", first)]);
    feed(1, [2.4, 2]);
    await until(() => first.length === 2 && kept.length === 2, "two of each");
    await announcer.use([stays, noting("way", second)]);
    feed(10, [2.4]);
    await until(() => second.length === 1 && kept.length === 3, "the third");
    expect([first, second, kept]).toEqual([[1, 2], [3], [1, 2, 3]]);
    await announcer.use([]);
    expect(announcer.standing()).toEqual([]);
    await stop();
    station.close();
  });

  test("a way is spared what it does not want", async () => {
    const station = open();
    const { alarms, feed } = station;
    const revisions: number[] = [];
    const { stop, announcer } = announce(station, [
      noting("way", revisions, ({ revision }) => revision % 2 === 0),
    ]);
    feed(1, [2.4, 2, 2.5, 2.1, 2.6]);
    await until(() => announcer.standing()[0]?.waiting === 0, "all to be looked at");
    expect(revisions).toEqual([2, 4]);
    expect(alarms.announced("way")).toBe(4);
    await stop();
    station.close();
  });

  test("a way that asks for time gets it", async () => {
    const station = open();
    const { feed } = station;
    const at: number[] = [];
    const { stop } = announce(
      station,
      [
        {
          name: "way",
          async announce() {
            at.push(performance.now());
            if (at.length < 2) throw new LaterError("too many requests", 300);
          },
        },
      ],
      { maxRetryMs: 1000 },
    );
    feed(1, [2.4]);
    await until(() => at.length === 2, "the second attempt");
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(299);
    await stop();
    station.close();
  });
});

describe("the point of a transition", () => {
  test("is as the store mapping says", () => {
    const station = open();
    const { alarms, feed, alarm, record } = station;
    feed(7, [2.4]);
    const { id } = alarm();
    const said = { actor: "t1", comment: "đã xem" };
    record(step(alarm(), "comment", 1_790_000_000_000, said));
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
    station.close();
  });

  test("is found in a store once, however often it was announced", async () => {
    const station = open();
    const { alarms, feed } = station;
    feed(1_790_000_000_000, [2.4, 2]);
    const store = openSqlite({ file: join(folder.path, "store.db") });
    const way = byStore((points) => store.write(points));
    const { signal } = new AbortController();
    const changes = alarms.after(0, 9);
    await way.announce(changes, signal, () => undefined);
    await way.announce(changes, signal, () => undefined);
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
    station.close();
  });
});
