import { join } from "node:path";
import type { Alarm, AlarmRule, AlarmTransition, Value } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { registryOf } from "../../../test/support/registry.ts";
import type { RegisteredDevice, Registry } from "../registry.ts";
import type { Alarms } from "./alarms.ts";
import { causeTimes } from "./causes.ts";
import { openAlarms } from "./engine.ts";
import { isAnnounced } from "./marks.ts";
import { makeRule } from "./rule.fixture.ts";

const gauge = "82/29869/a/g-1";
const other = "82/29869/b/g-2";
const ups = "82/29869/a/ups-1";
const gateway = "82/29869/a/gw-01";
const base = 1_790_000_000_000;
const minute = 60_000;

const rules: AlarmRule[] = [
  makeRule({ id: "water.high", kind: "high", levels: [{ limit: 2, priority: 3 }] }),
  makeRule({
    id: "power.cut",
    kind: "state",
    measurement: "power",
    quantity: "on_battery",
    equals: [true],
    priority: 2,
    explains: { rules: ["water.high", "gw.offline"], within: "site" },
  }),
  makeRule({
    id: "gw.offline",
    kind: "state",
    measurement: "gateway",
    quantity: "online",
    equals: [false],
    priority: 2,
    explains: { rules: ["water.high"], within: "gateway" },
  }),
  makeRule({
    id: "flow.fast",
    kind: "high",
    quantity: "flow_m3_s",
    levels: [{ limit: 3, priority: 3 }],
    onDelayMs: 2 * minute,
  }),
];

let folder: TemporaryFolder;
let clock: number;
let position: number;
let registry: Registry;
let alarms: Alarms;
beforeEach(() => {
  clock = base;
  position = 0;
  registry = registryOf(
    { identity: gauge, profile: "generic-water", intervalMs: minute },
    { identity: other, profile: "generic-water", intervalMs: minute },
    { identity: ups, profile: "generic-power" },
    { identity: gateway, profile: "edge-gateway" },
  );
  folder = temporaryFolder("kenh-causes");
  alarms = open();
});
afterEach(() => {
  alarms.close();
  registry.close();
  folder[Symbol.dispose]();
});

function open(): Alarms {
  const log = pino({ level: "silent" });
  const now = () => clock;
  const file = join(folder.path, "alarms.db");
  return openAlarms(file, { rules, registry, now, log, metrics: new Metrics() });
}

/** Goes on to an instant after the start. */
function until(ms: number): void {
  for (; clock < base + ms; clock = Math.min(clock + 5000, base + ms)) alarms.tick();
  alarms.tick();
}

/** A reading at an instant after the start, brought by an agent. */
function send(identity: string, ms: number, name: string, value: Value, agent?: string): void {
  until(ms);
  const device = registry.find(identity) as RegisteredDevice;
  const type = device.quantities.get(name)?.type ?? "float";
  const samples = [
    { series: device.series, ts: clock, fields: [{ name, type, value, flag: 1 as const }] },
  ];
  alarms.feed(++position, [{ device, samples, receivedAt: clock, index: 0, agent: agent ?? null }]);
  until(ms + 1000);
}

const listed = (filter = {}): Alarm[] =>
  alarms.list({ visible: () => true, ...filter }).map((json) => JSON.parse(json));
const alarmOf = (device: string): Alarm | undefined =>
  listed().find((alarm) => alarm.device === device);
const lines = (device: string): string[] =>
  (alarms.get(alarmOf(device)?.id ?? "")?.history ?? []).map(
    ({ event, state }) => `${event} ${state}`,
  );
const announced = (): string[] =>
  alarms.after(0, 1000).flatMap(({ json }) => {
    const alarm = JSON.parse(json) as Alarm;
    const line = alarm.history.at(-1) as AlarmTransition;
    return isAnnounced(line) ? [`${alarm.rule} ${line.event}`] : [];
  });

describe("a cause", () => {
  test("hides what it explains, before and after it, and stands for it", () => {
    send(gauge, 0, "water_level_m", 2.5);
    send(ups, minute, "on_battery", true);
    expect(lines(gauge)).toEqual(["raise unacknowledged", "suppress suppressed"]);
    send(other, 2 * minute, "water_level_m", 2.5);
    expect(alarmOf(other)?.state).toBe("unacknowledged");
    const cause = alarmOf(ups);
    expect(cause?.explains).toBe(1);
    expect(alarmOf(gauge)?.suppressedBy).toBe(cause?.id);
    expect(listed({ cause: cause?.id }).map(({ device }) => device)).toEqual([gauge]);
  });

  test("speaks for what comes out of shelving while it lasts, and no longer", () => {
    send(gauge, 0, "water_level_m", 2.5);
    const { id, version } = alarmOf(gauge) as Alarm;
    const call = { kind: "shelve", comment: "đang sửa", until: base + 10 * minute } as const;
    alarms.operate(id, call, { actor: "trực ca", version });
    send(ups, minute, "on_battery", true);
    until(11 * minute);
    expect(lines(gauge)).toEqual(["raise unacknowledged", "shelve shelved", "unshelve suppressed"]);
    expect(alarmOf(gauge)?.suppressedBy).toBe(alarmOf(ups)?.id);
    send(ups, 12 * minute, "on_battery", false);
    until(30 * minute);
    expect(lines(gauge).at(-1)).toBe("unsuppress unacknowledged");
  });

  test("leaves alone what came long before it", () => {
    send(gauge, 0, "water_level_m", 2.5);
    send(ups, causeTimes.lookbackMs + minute, "on_battery", true);
    expect(alarmOf(gauge)?.state).toBe("unacknowledged");
  });

  test("gives what it explained the time to return, then tells what still holds", () => {
    send(ups, 0, "on_battery", true);
    send(gauge, minute, "water_level_m", 2.5);
    send(ups, 10 * minute, "on_battery", false);
    // A reading a minute, seen within one, after two to start.
    until(12.9 * minute);
    expect(alarmOf(gauge)?.state).toBe("suppressed");
    until(13.1 * minute);
    expect(lines(gauge)).toEqual(["raise suppressed", "unsuppress unacknowledged"]);
    expect(announced()).toEqual(["power.cut raise", "water.high unsuppress"]);
  });

  test("that is over and acknowledged speaks for its time after a restart too", () => {
    send(gauge, 0, "water_level_m", 1);
    send(ups, minute, "on_battery", true);
    const { id, version } = alarmOf(ups) as Alarm;
    alarms.operate(id, { kind: "acknowledge", comment: null }, { actor: "lan", version });
    send(ups, 10 * minute, "on_battery", false);
    expect(alarmOf(ups)?.state).toBe("normal");
    alarms.close();
    alarms = open();
    send(gauge, 11 * minute, "water_level_m", 2.5);
    expect(lines(gauge)).toEqual(["raise suppressed"]);
    until(20 * minute);
    expect(lines(gauge)).toEqual(["raise suppressed", "unsuppress unacknowledged"]);
  });

  test("tells nothing of what has returned meanwhile", () => {
    send(ups, 0, "on_battery", true);
    send(gauge, minute, "water_level_m", 2.5);
    send(ups, 10 * minute, "on_battery", false);
    send(gauge, 11 * minute, "water_level_m", 1);
    until(20 * minute);
    expect(lines(gauge)).toEqual(["raise suppressed", "clear suppressed", "unsuppress normal"]);
    expect(announced()).toEqual(["power.cut raise"]);
  });

  test("that is itself explained hands what it explains over", () => {
    send(gauge, 0, "water_level_m", 1, "gw-01");
    alarms.observe(gateway, { online: false });
    send(gauge, minute, "water_level_m", 2.5, "gw-01");
    expect(alarmOf(gauge)?.suppressedBy).toBe(alarmOf(gateway)?.id);
    send(ups, 2 * minute, "on_battery", true);
    expect(alarmOf(gateway)?.state).toBe("suppressed");
    expect(alarmOf(gauge)?.suppressedBy).toBe(alarmOf(ups)?.id);
  });

  test("brings what another agent brings not into its explanation", () => {
    send(gauge, 0, "water_level_m", 1, "82/29869/a/gw-02");
    alarms.observe(gateway, { online: false });
    send(gauge, minute, "water_level_m", 2.5, "82/29869/a/gw-02");
    expect(alarmOf(gauge)?.state).toBe("unacknowledged");
  });
});

test("what no rule watches any more has ended, and no longer explains anything", () => {
  send(ups, 0, "on_battery", true);
  send(gauge, minute, "water_level_m", 2.5);
  alarms.setRules(rules.filter(({ id }) => id !== "power.cut"));
  expect(alarmOf(ups)).toMatchObject({ state: "returned", active: false });
  until(10 * minute);
  expect(alarmOf(gauge)?.state).toBe("unacknowledged");
});

test("a late reading that says otherwise is noted, once, and changes nothing", () => {
  send(gauge, 0, "water_level_m", 1);
  send(gauge, minute, "water_level_m", 2.5);
  const device = registry.find(gauge) as RegisteredDevice;
  const late = (ms: number) => {
    const field = { name: "water_level_m", type: "float" as const, value: 1, flag: 1 as const };
    const samples = [{ series: device.series, ts: base + ms, fields: [field] }];
    alarms.feed(++position, [{ device, samples, receivedAt: clock, index: 0 }]);
    until(clock - base + 1000);
  };
  send(gauge, 3 * minute, "water_level_m", 2.6);
  late(2 * minute);
  late(2 * minute);
  late(0.5 * minute);
  expect(lines(gauge)).toEqual(["raise unacknowledged", "late unacknowledged"]);
  expect(alarmOf(gauge)).toMatchObject({ active: true, value: 2.5 });
});

test("a late reading that would have interrupted a delay is noted with what came of that delay", () => {
  const flow = (ms: number, value: number): void => send(other, ms, "flow_m3_s", value);
  flow(0, 0);
  flow(minute, 5);
  flow(3 * minute, 5);
  const device = registry.find(other) as RegisteredDevice;
  const field = { name: "flow_m3_s", type: "float" as const, value: 0, flag: 1 as const };
  const samples = [{ series: device.series, ts: base + 2 * minute, fields: [field] }];
  alarms.feed(++position, [{ device, samples, receivedAt: clock, index: 0 }]);
  until(clock - base + 1000);
  expect(lines(other)).toEqual(["raise unacknowledged", "late unacknowledged"]);
  expect(alarmOf(other)?.history.map(({ at }) => at - base)).toEqual([3 * minute, 2 * minute]);
});

test("a rule goes out of service before it has raised anything, and comes back", () => {
  const call = { comment: "the mast is moved", until: base + minute };
  const json = alarms.takeOut(gauge, "water.high", call, { actor: "lan" });
  expect(JSON.parse(json ?? "")).toMatchObject({ state: "out-of-service", active: false });
  expect(alarms.takeOut(gauge, "no.rule", call, { actor: "lan" })).toBeUndefined();
  send(gauge, 30_000, "water_level_m", 2.5);
  expect(announced()).toEqual([]);
  until(2 * minute);
  expect(announced()).toEqual(["water.high return-to-service"]);
});

test("a flood is told by site and cause, the key figures by unit", () => {
  send(gauge, 0, "water_level_m", 1);
  for (let n = 0; n < 12; n++) {
    send(gauge, 5000 + n * 10_000, "water_level_m", 2.5);
    send(gauge, 10_000 + n * 10_000, "water_level_m", 1);
  }
  send(gauge, 130_000, "water_level_m", 2.5);
  const [flood] = alarms.floods(() => true);
  expect(flood).toMatchObject({ unit: "82/29869", active: true, count: 13 });
  expect(flood?.groups).toMatchObject([{ site: "82/29869/a", cause: "water.high", count: 1 }]);
  expect(alarms.floods(() => false)).toEqual([]);
  expect(alarmOf(gauge)?.marks).toEqual(["chattering"]);
  const kpis = alarms.kpis({ from: base, to: base + 10 * minute, visible: () => true });
  expect(kpis).toMatchObject({ alarms: 13, floodShare: 1 });
  expect(kpis.units.map(({ unit, alarms: count }) => [unit, count])).toEqual([["82/29869", 13]]);
});
