import { join } from "node:path";
import { type Alarm, type Device, type QuotaConfig, quotasSchema } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { registryOf } from "../../../test/support/registry.ts";
import type { RegisteredDevice, Registry } from "../registry.ts";
import type { Alarms } from "./alarms.ts";
import { causeTimes } from "./causes.ts";
import { openAlarms } from "./engine.ts";
import { alarmQuotaRule, quotaIdentity } from "./quota.ts";
import { makeRule } from "./rule.fixture.ts";

const base = 1_790_000_000_000;
const minute = 60_000;
const [noisy, quiet] = ["82/30000", "82/29869"];
const deviceOf = (unit: string, n: number) => `${unit}/a/d-${n}`;
const devices: Device[] = [noisy, quiet].flatMap((unit) =>
  Array.from({ length: 8 }, (_, n) => ({
    ...{ identity: deviceOf(unit, n), profile: "generic-water", intervalMs: minute },
  })),
);
const rules = [
  makeRule({
    id: "water.high",
    kind: "high",
    levels: [
      { limit: 2, priority: 3 },
      { limit: 5, priority: 1 },
    ],
  }),
  makeRule({
    ...{ id: alarmQuotaRule, kind: "high", measurement: "platform" },
    ...{ quantity: "platform_alarms_held_back", levels: [{ limit: 1, priority: 3 }] },
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
  registry = registryOf(...devices);
  folder = temporaryFolder("kenh-alarm-quota");
});
afterEach(() => {
  alarms.close();
  registry.close();
  folder[Symbol.dispose]();
});

function open(quotas?: QuotaConfig): void {
  alarms = openAlarms(join(folder.path, "alarms.db"), {
    ...{
      rules,
      registry,
      now: () => clock,
      log: pino({ level: "silent" }),
      metrics: new Metrics(),
    },
    quotas,
  });
}
const limitOf = (alarmsPerMinute: number) => quotasSchema.parse({ each: { alarmsPerMinute } });

function goOn(ms: number): void {
  const end = clock + ms;
  for (; clock < end; clock = Math.min(clock + 5000, end)) alarms.tick();
  alarms.tick();
}

/** A reading of each of these devices, a second apart. */
function send(unit: string, numbers: readonly number[], value: number): void {
  for (const n of numbers) {
    const device = registry.find(deviceOf(unit, n)) as RegisteredDevice;
    const fields = [{ name: "water_level_m", type: "float" as const, value, flag: 1 as const }];
    const samples = [{ series: device.series, ts: clock, fields }];
    alarms.feed(++position, [{ device, samples, receivedAt: clock, index: 0 }]);
    goOn(1000);
  }
}

const listed = (): Alarm[] =>
  alarms.list({ visible: () => true }).map((json) => JSON.parse(json) as Alarm);
const statesOf = (unit: string): string[] =>
  listed()
    .filter(({ device, rule }) => device.startsWith(unit) && rule !== alarmQuotaRule)
    .sort((a, b) => (a.device < b.device ? -1 : 1))
    .map(({ state }) => state);
const quotaAlarm = () => listed().find(({ rule }) => rule === alarmQuotaRule);
const [told, waits] = ["unacknowledged", "suppressed"];

test("beyond its quota a unit's new alarms wait behind one, and are told when that is over; others never notice", () => {
  open(limitOf(3));
  send(noisy, [0, 1, 2, 3, 4], 3);
  send(quiet, [0, 1, 2], 3);
  expect(statesOf(noisy)).toEqual([told, told, told, waits, waits]);
  expect(statesOf(quiet)).toEqual([told, told, told]);
  const alarm = quotaAlarm();
  expect(alarm).toMatchObject({
    ...{ device: quotaIdentity(noisy), active: true, priority: 3, value: 3 },
    raisedAt: base + 3000,
  });
  expect(listed().filter(({ suppressedBy }) => suppressedBy === alarm?.id)).toHaveLength(2);
  expect(alarms.quotaUses().find(({ place }) => place === noisy)).toEqual({
    ...{ place: noisy, kind: "alarms", limit: 3, used: 3, over: true, excess: 2 },
  });
  // One of them returns while it waits; the other is told once the quota was not passed for a minute.
  send(noisy, [4], 0);
  goOn(minute);
  expect(quotaAlarm()).toMatchObject({ active: false });
  expect(alarms.quotaUses().some(({ over }) => over)).toBe(false);
  goOn(causeTimes.startingMs + 2 * minute);
  expect(statesOf(noisy)).toEqual([told, told, told, told, "normal"]);
});

test("an alarm of the first priority is told whatever the quota, and so is one that comes to it", () => {
  open(limitOf(1));
  send(noisy, [0, 1], 3);
  expect(statesOf(noisy)).toEqual([told, waits]);
  send(noisy, [2], 6);
  send(noisy, [1], 6);
  expect(statesOf(noisy)).toEqual([told, told, told]);
});

test("a device has a quota of its own, and a restart forgets neither", () => {
  const quotas = quotasSchema.parse({ devices: { [deviceOf(noisy, 0)]: { alarmsPerMinute: 1 } } });
  open(quotas);
  send(noisy, [0], 3);
  send(noisy, [0], 0);
  const history = () => alarms.get(listed().find(({ rule }) => rule === "water.high")?.id ?? "");
  alarms.close();
  open(quotas);
  goOn(1000);
  send(noisy, [0], 3);
  expect(history()?.history.map(({ event, state }) => `${event} ${state}`)).toEqual([
    "raise unacknowledged",
    "clear returned",
    "raise suppressed",
  ]);
  send(noisy, [1, 2], 3);
  expect(statesOf(noisy)).toEqual([waits, told, told]);
  // It ends by time after another restart too.
  alarms.close();
  open(quotas);
  goOn(causeTimes.startingMs + 4 * minute);
  expect(quotaAlarm()?.active ?? false).toBe(false);
  expect(statesOf(noisy)).toEqual([told, told, told]);
});

test("without a quota, or without the rule that would tell of it, nothing waits", () => {
  open();
  send(noisy, [0, 1, 2, 3, 4, 5, 6, 7], 3);
  expect(statesOf(noisy)).toEqual(Array.from({ length: 8 }, () => told));
  expect(alarms.quotaUses()).toEqual([]);
  alarms.close();
  open(limitOf(1));
  alarms.setRules(rules.filter(({ id }) => id !== alarmQuotaRule));
  send(quiet, [0, 1, 2], 3);
  expect(statesOf(quiet)).toEqual([told, told, told]);
});
