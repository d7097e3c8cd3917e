import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { type Alarm, type AlarmRule, alarmSchema, type Flag } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { loadCatalogue } from "../catalogue.ts";
import { openRegistry, type RegisteredDevice, type Registry } from "../registry.ts";
import type { Alarms, FedMessage } from "./alarms.ts";
import { openAlarms } from "./engine.ts";
import { hidingLimits, Refusal } from "./operate.ts";

const catalogue = loadCatalogue(fileURLToPath(new URL("../../../schemas/", import.meta.url)));
const rule: AlarmRule = {
  ...(catalogue.rules.get("water.bd3") as AlarmRule),
  onDelayMs: 100,
  offDelayMs: 200,
};
const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const other = "82/29869/ubnd/muc-nuoc-02";
const ups = "82/29869/ioc/ups-01";

let folder: TemporaryFolder;
let devices: Map<string, RegisteredDevice>;
let registry: Registry;
let count = 0;
beforeAll(() => {
  folder = temporaryFolder("kenh-alarms");
  registry = openRegistry(join(folder.path, "registry.db"), catalogue);
  registry.put({ identity: gauge, profile: "generic-water" });
  registry.put({ identity: other, profile: "generic-water" });
  registry.put({ identity: ups, profile: "generic-power" });
  devices = new Map(registry.all().map((device) => [device.identity, device]));
});
afterAll(() => {
  registry.close();
  folder[Symbol.dispose]();
});

const t0 = 1_790_000_000_000;
let clock = t0;

function open(file: string, rules: AlarmRule[] = [rule]) {
  const metrics = new Metrics();
  const log = pino({ level: "silent" });
  const now = () => clock;
  const alarms = openAlarms(file, { rules, registry, now, log, metrics, latenessMs: 0 });
  return { alarms, metrics };
}

type Sent = Pick<FedMessage, "device" | "samples">;
/** Feeds what arrives now, and lets the time go by after which it is judged. */
function feed(alarms: Alarms, position: number, messages: readonly Sent[]): void {
  const receivedAt = clock;
  alarms.feed(
    position,
    messages.map((one, index) => ({ ...one, receivedAt, index })),
  );
  clock += 30;
  alarms.tick();
}
const newFile = (): string => join(folder.path, `${++count}`, "alarms.db");

/** The book as a kill at this moment would leave it. */
function copyOf(file: string): string {
  const copy = newFile();
  mkdirSync(join(copy, ".."), { recursive: true });
  for (const end of ["", "-wal"]) cpSync(`${file}${end}`, `${copy}${end}`);
  return copy;
}

type Reading = readonly [ts: number, value: number, flag?: Flag];
function message(identity: string, readings: readonly Reading[]) {
  const device = devices.get(identity) as RegisteredDevice;
  const samples = readings.map(([ts, value, flag = 2]) => ({
    series: device.series,
    ts,
    fields: [{ name: "water_level_m", type: "float" as const, value, flag }],
  }));
  return { device, samples };
}

const all = { visible: () => true };
const listed = (alarms: Alarms): Alarm[] => alarms.list(all).map((json) => JSON.parse(json));
const only = (alarms: Alarms): Alarm => {
  const found = listed(alarms);
  expect(found).toHaveLength(1);
  return found[0] as Alarm;
};
const acknowledge = { kind: "acknowledge", comment: null } as const;
const shelve = { kind: "shelve", comment: "sensor is cleaned", until: null } as const;
const by = (version: number) => ({ actor: "t1", version });

function raised(file = newFile()) {
  const opened = open(file);
  feed(opened.alarms, 1, [
    message(gauge, [
      [0, 2.4],
      [100, 2.5],
    ]),
  ]);
  return { ...opened, file };
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  }
  return "none";
}

describe("what is fed", () => {
  test("raises an alarm with all that the contract says of it", () => {
    const { alarms } = raised();
    const alarm = alarmSchema.parse(only(alarms));
    const { message, cause, action } = rule;
    expect(alarm).toMatchObject({
      device: gauge,
      rule: "water.bd3",
      priority: 1,
      state: "unacknowledged",
      active: true,
      raisedAt: 100,
      value: 2.5,
      limit: 2.3,
      quantity: "water_level_m",
      version: 1,
      ...{ message, cause, action },
    });
    expect(alarms.get(alarm.id)).toEqual(alarm);
    expect(alarms.revision).toBe(1);
    alarms.close();
  });

  test("a message out of order within itself is put in order", () => {
    const { alarms } = open(newFile());
    feed(alarms, 1, [
      message(gauge, [
        [100, 2.5],
        [0, 2.4],
      ]),
    ]);
    expect(only(alarms).raisedAt).toBe(100);
    alarms.close();
  });

  test("several messages of a device in one commit follow each other", () => {
    const { alarms } = open(newFile());
    const levels = [
      [0, 2.4],
      [100, 2.5],
      [200, 2],
      [400, 2],
      [500, 2.4],
      [600, 2.4],
    ] as const;
    feed(
      alarms,
      1,
      levels.map((reading) => message(gauge, [reading])),
    );
    const alarm = only(alarms);
    expect(alarm.history.map(({ event, at }) => [event, at])).toEqual([
      ["raise", 100],
      ["clear", 400],
      ["raise", 600],
    ]);
    expect(alarm.version).toBe(3);
    alarms.close();
  });

  test("after normal a raise begins a new alarm, and both are kept", () => {
    const { alarms } = raised();
    const first = only(alarms);
    alarms.operate(first.id, acknowledge, by(1));
    const levels = [
      [200, 2],
      [400, 2],
      [500, 2.4],
      [600, 2.4],
    ] as const;
    feed(
      alarms,
      2,
      levels.map((reading) => message(gauge, [reading])),
    );
    expect(listed(alarms).map(({ state, raisedAt }) => [state, raisedAt])).toEqual([
      ["unacknowledged", 600],
      ["normal", 100],
    ]);
    expect(new Set(listed(alarms).map(({ id }) => id)).size).toBe(2);
    alarms.close();
  });

  test("a position that was fed is ignored", () => {
    const { alarms } = raised();
    feed(alarms, 1, [
      message(gauge, [
        [200, 2],
        [400, 2],
      ]),
    ]);
    expect(only(alarms).state).toBe("unacknowledged");
    alarms.close();
  });

  test("late readings change nothing, are noted and counted", async () => {
    const { alarms, metrics } = raised();
    feed(alarms, 2, [
      message(gauge, [
        [50, 1],
        [60, 1],
      ]),
    ]);
    const { active, raisedAt, history } = only(alarms);
    expect({ active, raisedAt }).toEqual({ active: true, raisedAt: 100 });
    expect(history.map(({ event, at }) => [event, at])).toEqual([
      ["raise", 100],
      ["late", 50],
      ["late", 60],
    ]);
    expect(await metrics.metrics()).toContain("kenh_alarm_late_readings_total 2");
    alarms.close();
  });

  test("the same readings give the same alarm in another station's book", () => {
    const [a, b] = [raised().alarms, raised().alarms];
    expect(listed(a)).toEqual(listed(b));
    a.close();
    b.close();
  });

  test("a device that no rule watches leaves nothing to write", () => {
    const { alarms } = open(newFile());
    const { samples } = message(gauge, [[0, 99]]);
    feed(alarms, 7, [{ device: devices.get(ups) as RegisteredDevice, samples }]);
    expect(alarms.durablePosition).toBe(7);
    alarms.close();
  });

  test("a rule for named devices watches these alone", () => {
    const { alarms } = open(newFile(), [{ ...rule, devices: [other] }]);
    feed(
      alarms,
      1,
      [gauge, other].map((identity) =>
        message(identity, [
          [0, 3],
          [100, 3],
        ]),
      ),
    );
    expect(only(alarms).device).toBe(other);
    alarms.close();
  });

  test("rules may change while it runs; what is open stays open", () => {
    const { alarms } = raised();
    alarms.setRules([{ ...rule, levels: [{ priority: 1, limit: 5 }] } as AlarmRule]);
    feed(alarms, 2, [
      message(gauge, [
        [200, 4],
        [400, 4],
      ]),
    ]);
    expect(only(alarms)).toMatchObject({ state: "returned", limit: 2.3 });
    alarms.close();
  });
});

describe("after a crash", () => {
  test("an evaluation that was not written is fed again, one that was is not judged twice", () => {
    const file = newFile();
    const { alarms } = open(file);
    feed(alarms, 1, [message(gauge, [[0, 2.4]]), message(other, [[0, 2.4]])]);
    expect(alarms.durablePosition).toBe(0);
    feed(alarms, 2, [message(gauge, [[100, 2.4]])]);
    expect(alarms.durablePosition).toBe(0);
    const { alarms: again } = open(copyOf(file));
    expect(only(again).raisedAt).toBe(100);
    feed(again, 1, [message(gauge, [[0, 2.4]]), message(other, [[0, 2.4]])]);
    feed(again, 2, [message(gauge, [[100, 2.4]])]);
    feed(again, 3, [message(other, [[100, 2.4]])]);
    expect(listed(again).map(({ device, version }) => [device, version])).toEqual([
      [other, 1],
      [gauge, 1],
    ]);
    again.checkpoint();
    expect(again.durablePosition).toBe(3);
    again.close();
    alarms.close();
    const { alarms: reopened } = open(file);
    expect(reopened.durablePosition).toBe(2);
    reopened.close();
  });
});

describe("while the disk refuses", () => {
  test("nothing is announced or listed, the spool is held back, and then all comes in order", () => {
    const file = newFile();
    const { alarms } = open(file);
    const disk = new DatabaseSync(file);
    disk.exec(
      "CREATE TRIGGER full BEFORE INSERT ON transition BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
    );
    const told: number[] = [];
    alarms.subscribe(({ revision }) => told.push(revision));
    feed(alarms, 1, [
      message(gauge, [
        [0, 2.4],
        [100, 2.4],
      ]),
    ]);
    feed(alarms, 2, [
      message(gauge, [
        [200, 2],
        [400, 2],
      ]),
    ]);
    expect(told).toEqual([]);
    expect(listed(alarms)).toEqual([]);
    expect(alarms.durablePosition).toBe(0);
    expect(() => alarms.checkpoint()).toThrow("disk is full");
    disk.exec("DROP TRIGGER full");
    disk.close();
    alarms.tick();
    expect(told).toEqual([1, 2]);
    expect(only(alarms).history.map(({ event }) => event)).toEqual(["raise", "clear"]);
    expect(alarms.durablePosition).toBe(2);
    alarms.close();
  });

  test("an operator's call that can't be written has not happened", () => {
    const { alarms, file } = raised();
    const disk = new DatabaseSync(file);
    disk.exec(
      "CREATE TRIGGER full BEFORE INSERT ON transition BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
    );
    const { id } = only(alarms);
    expect(() => alarms.operate(id, acknowledge, by(1))).toThrow("disk is full");
    disk.exec("DROP TRIGGER full");
    disk.close();
    expect(only(alarms).state).toBe("unacknowledged");
    alarms.operate(id, acknowledge, by(1));
    expect(only(alarms).state).toBe("acknowledged");
    alarms.close();
  });
});

describe("operators' calls", () => {
  test("are durable, told and in the history", () => {
    const { alarms, file } = raised();
    const told: string[] = [];
    const unsubscribe = alarms.subscribe(({ json }) => told.push(json));
    const { id } = only(alarms);
    clock = t0 + 5;
    const json = alarms.operate(id, acknowledge, by(1));
    expect(told).toEqual([json]);
    unsubscribe();
    expect(JSON.parse(json ?? "")).toMatchObject({ state: "acknowledged", acknowledgedAt: t0 + 5 });
    alarms.operate(id, { kind: "comment", comment: "seen" }, by(2));
    expect(told).toHaveLength(1);
    alarms.close();
    const { alarms: again } = open(file);
    expect(again.get(id)?.history.map(({ event }) => event)).toEqual([
      "raise",
      "acknowledge",
      "comment",
    ]);
    again.close();
  });

  test("an alarm that isn't there is undefined", () => {
    const { alarms } = raised();
    expect(alarms.operate("nothing", acknowledge, by(1))).toBeUndefined();
    alarms.close();
  });

  test("a stale version changes nothing", () => {
    const { alarms } = raised();
    const { id } = only(alarms);
    expect(refusal(() => alarms.operate(id, acknowledge, by(7)))).toBe("stale-version");
    expect(alarms.revision).toBe(1);
    alarms.close();
  });

  test("with an idempotency key the same call is one call, across a restart too", () => {
    const { alarms, file } = raised();
    const { id } = only(alarms);
    const context = { ...by(1), idempotencyKey: "t1 k1" };
    const answer = alarms.operate(id, acknowledge, context);
    alarms.close();
    const { alarms: again } = open(file);
    expect(again.operate(id, acknowledge, context)).toBe(answer);
    expect(again.revision).toBe(2);
    expect(refusal(() => again.operate(id, shelve, { ...context, version: 2 }))).toBe("key-reused");
    again.close();
  });

  test("a refused call does not use the key up", () => {
    const { alarms } = raised();
    const { id } = only(alarms);
    const key = { idempotencyKey: "t1 k1" };
    expect(refusal(() => alarms.operate(id, acknowledge, { ...by(9), ...key }))).toBe(
      "stale-version",
    );
    expect(alarms.operate(id, acknowledge, { ...by(1), ...key })).toBeDefined();
    alarms.close();
  });

  test("the end of a shelving brings the alarm back, across a restart too", () => {
    clock = t0;
    const { alarms, file } = raised();
    const { id } = only(alarms);
    alarms.operate(id, acknowledge, by(1));
    alarms.operate(id, shelve, by(2));
    expect(alarms.tick()).toBe(0);
    alarms.close();
    const { alarms: again } = open(file);
    clock = t0 + hidingLimits.shelveMaxMs + 1000;
    expect(again.tick()).toBe(1);
    expect(only(again)).toMatchObject({ state: "unacknowledged", shelvedUntil: null });
    expect(again.tick()).toBe(0);
    again.close();
  });

  test("run brings it back by itself, and ends with its signal", async () => {
    clock = t0;
    const { alarms } = raised();
    alarms.operate(only(alarms).id, shelve, by(1));
    clock = t0 + hidingLimits.shelveMaxMs + 1000;
    const stop = new AbortController();
    const back = new Promise((resolve) => alarms.subscribe(resolve));
    const running = alarms.run(stop.signal);
    await back;
    stop.abort();
    await running;
    expect(only(alarms).state).toBe("unacknowledged");
    alarms.close();
  });

  test("a raise while it is out of service is the same alarm; an older one can't be hidden", () => {
    const { alarms } = raised();
    const { id } = only(alarms);
    alarms.operate(id, acknowledge, by(1));
    feed(alarms, 2, [
      message(gauge, [
        [200, 2],
        [400, 2],
      ]),
    ]);
    alarms.operate(id, { ...shelve, kind: "out-of-service" }, by(3));
    feed(alarms, 3, [
      message(gauge, [
        [500, 2.4],
        [600, 2.4],
      ]),
    ]);
    expect(only(alarms)).toMatchObject({
      id,
      state: "out-of-service",
      active: true,
      raisedAt: 600,
    });
    alarms.operate(id, { kind: "return-to-service", comment: null }, by(5));
    alarms.operate(id, acknowledge, by(6));
    feed(alarms, 4, [
      message(gauge, [
        [700, 2],
        [900, 2],
      ]),
    ]);
    feed(alarms, 5, [
      message(gauge, [
        [1000, 2.4],
        [1100, 2.4],
      ]),
    ]);
    expect(refusal(() => alarms.operate(id, shelve, by(8)))).toBe("wrong-state");
    alarms.close();
  });

  test("what is said of one that is over leaves the one that stands", () => {
    const { alarms } = raised();
    const first = only(alarms);
    alarms.operate(first.id, acknowledge, by(first.version));
    feed(alarms, 2, [
      message(gauge, [
        [1000, 1],
        [1500, 1],
      ]),
    ]);
    feed(alarms, 3, [
      message(gauge, [
        [2000, 2.5],
        [2200, 2.5],
      ]),
    ]);
    const over = alarms.get(first.id) as Alarm;
    expect(over.state).toBe("normal");
    alarms.operate(over.id, { kind: "comment", comment: "a barge" }, by(over.version));
    // And a late reading of its time.
    feed(alarms, 4, [message(gauge, [[500, 1]])]);
    expect(
      alarms
        .get(first.id)
        ?.history.slice(-2)
        .map(({ event }) => event),
    ).toEqual(["comment", "late"]);
    feed(alarms, 5, [
      message(gauge, [
        [3000, 1],
        [3500, 1],
      ]),
    ]);
    const [second] = listed(alarms).filter(({ state }) => state !== "normal");
    expect(second).toMatchObject({ state: "returned", raisedAt: 2200, clearedAt: 3500 });
    feed(alarms, 6, [
      message(gauge, [
        [4000, 2.5],
        [4200, 2.5],
      ]),
    ]);
    expect(alarms.get(second?.id ?? "")).toMatchObject({ state: "unacknowledged", raisedAt: 4200 });
    alarms.close();
  });

  test("two transitions of one millisecond have points of their own", () => {
    const { alarms } = raised();
    clock = 100;
    const { id } = only(alarms);
    alarms.operate(id, acknowledge, by(1));
    alarms.operate(id, { kind: "comment", comment: "seen" }, by(2));
    expect(alarms.after(0, 9).map(({ pointTs }) => pointTs)).toEqual([100, 101, 102]);
    alarms.close();
  });
});

describe("lists", () => {
  test("are filtered, last changed first", () => {
    const { alarms } = raised();
    feed(alarms, 2, [
      message(other, [
        [0, 2.4],
        [100, 2.4],
      ]),
    ]);
    const ids = (filter: object) =>
      alarms.list({ ...all, ...filter }).map((json) => (JSON.parse(json) as Alarm).device);
    expect(ids({})).toEqual([other, gauge]);
    expect(ids({ states: ["returned"] })).toEqual([]);
    expect(ids({ states: ["unacknowledged", "normal"] })).toHaveLength(2);
    expect(ids({ priorities: [2] })).toEqual([]);
    expect(ids({ priorities: [1] })).toHaveLength(2);
    expect(ids({ unit: "29869" })).toHaveLength(2);
    expect(ids({ unit: "82/29869" })).toHaveLength(2);
    expect(ids({ unit: "82/1" })).toEqual([]);
    expect(ids({ since: 1 })).toEqual([other]);
    expect(ids({ visible: (device: string) => device === gauge })).toEqual([gauge]);
    alarms.close();
  });
});
