import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCatalogue, openRegistry } from "@kenh/ingest";
import type { Alarm, AlarmRule, AlarmTransition, FieldType } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { expect, test } from "vitest";
import { openAlarms } from "../../ingest/src/alarms/engine.ts";
import { isAnnounced } from "../../ingest/src/alarms/marks.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { happenings, wardOf400 } from "./ward-of-400.ts";

const schemas = fileURLToPath(new URL("../../schemas/", import.meta.url));
const base = 1_790_000_000_000;

/** The ward has one transformer: its UPS speaks for all of it, as the shipped rule tells how to say. */
const wardRules = `version: 1
changes:
  - rule: power.on_battery
    set:
      explains:
        within: unit
        rules: [gateway.offline, cam.site_down, cam.offline, cam.nostream, sensor.stale, power.volt, power.freq]
`;

interface Told {
  readonly alarm: Alarm;
  readonly line: AlarmTransition;
}

/** Runs the power cut over the ward by a simulated clock; gives what was announced, and the book. */
function run(folder: TemporaryFolder, change: (rule: AlarmRule) => AlarmRule) {
  const root = join(folder.path, "ward");
  mkdirSync(join(root, "rules"), { recursive: true });
  writeFileSync(join(root, "rules", "changes.yaml"), wardRules);
  const catalogue = loadCatalogue(schemas, root);
  const registry = openRegistry(":memory:", catalogue);
  const ward = wardOf400();
  for (const { identity, profile, intervalMs } of ward) {
    registry.put({ identity, profile, intervalMs });
  }
  let clock = base;
  const alarms = openAlarms(join(folder.path, "alarms.db"), {
    rules: [...catalogue.rulesInForce].map(change),
    registry,
    now: () => clock,
    log: pino({ level: "silent" }),
    metrics: new Metrics(),
  });
  const told: Told[] = [];
  alarms.subscribe(({ json }) => {
    const alarm = JSON.parse(json) as Alarm;
    const line = alarm.history.at(-1) as AlarmTransition;
    if (isAnnounced(line)) told.push({ alarm, line });
  });
  let listedAt: Alarm[] = [];
  let explained: Alarm[] = [];
  let position = 0;
  for (const { at, device, values, presence } of happenings(ward)) {
    for (; clock + 1000 < base + at; clock += 1000) alarms.tick();
    clock = base + at;
    if (at > 39 * 60_000 && listedAt.length === 0) {
      listedAt = alarms.list({ visible: () => true }).map((json) => JSON.parse(json));
      const cause = listedAt.find(({ rule }) => rule === "power.on_battery")?.id;
      const filter = { visible: () => true, cause };
      if (cause) explained = alarms.list(filter).map((json) => JSON.parse(json));
    }
    if (presence) {
      alarms.observe(device.identity, values);
      continue;
    }
    const registered = registry.find(device.identity);
    if (!registered) throw new Error(`${device.identity} is not registered`);
    const fields = Object.entries(values).map(([name, value]) => {
      const type = registered.quantities.get(name)?.type as FieldType;
      if (!type) throw new Error(`${device.identity} has no ${name}`);
      return { name, type, value, flag: 1 as const };
    });
    const samples = [{ series: registered.series, ts: clock, fields }];
    const agent = "gw-01";
    alarms.feed(++position, [{ device: registered, samples, receivedAt: clock, index: 0, agent }]);
  }
  for (let n = 0; n < 5; n++, clock += 1000) alarms.tick();
  const left = alarms.list({ visible: () => true }).map((json) => JSON.parse(json) as Alarm);
  alarms.close();
  registry.close();
  return { told, listedAt, explained, left };
}

const byRule = (told: readonly Told[]): string =>
  [...Map.groupBy(told, ({ alarm }) => alarm.rule)]
    .map(([rule, some]) => `${rule} ${some.length}`)
    .join(", ");

test("a power cut in a ward of 400 devices is one alarm that names the cause", () => {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  const { told, listedAt, explained, left } = run(folder, (rule) => rule);
  const bare = run(other, (rule) => ({ ...rule, explains: undefined, suppressedBy: [] }));
  process.stdout.write(
    [
      `power cut, 400 devices: ${told.length} announced (${byRule(told)})`,
      `${explained.length} listed under the cause`,
      `without suppression ${bare.told.length} announced (${byRule(bare.told)})\n`,
    ].join("; "),
  );
  const [first, ...more] = told;
  expect(first?.alarm).toMatchObject({ rule: "power.on_battery", priority: 2 });
  expect(more.length).toBeLessThanOrEqual(3);
  const cause = listedAt.find(({ rule }) => rule === "power.on_battery");
  const suppressed = listedAt.filter(({ state }) => state === "suppressed");
  expect(suppressed.length).toBeGreaterThan(350);
  expect(new Set(suppressed.map(({ suppressedBy }) => suppressedBy))).toEqual(new Set([cause?.id]));
  expect(cause?.explains).toBe(suppressed.length);
  expect(explained.map(({ id }) => id).sort()).toEqual(suppressed.map(({ id }) => id).sort());
  // All is over but for what somebody has to acknowledge.
  const held = left.filter(({ state }) => state !== "normal" && state !== "returned");
  expect(held.map(({ device, rule, state }) => `${device} ${rule} ${state}`)).toEqual([]);
  expect(bare.told.length).toBeGreaterThan(350);
});
