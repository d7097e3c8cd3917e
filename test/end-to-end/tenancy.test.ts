import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Alarm, topicOf } from "@kenh/schemas";
import { connectAsync } from "mqtt";
import { expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { kenh, startStation } from "../support/station.ts";

const own = "82/29869/cau/muc-nuoc";
const other = "82/30000/cau/muc-nuoc";
const patienceMs = 60_000;

test("two units on one station: one has a level, a range and a profile of its own, and a quota; the other notices nothing of it", async () => {
  using folder = temporaryFolder("tenancy");
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder.path, file)), { recursive: true });
    writeFileSync(join(folder.path, file), text);
  };
  const level = (limit: number) =>
    `version: 1\nchanges:\n  - { rule: water.bd3, set: { levels: [{ priority: 1, limit: ${limit} }], onDelayMs: 0 } }\n`;
  write("provinces/82/rules/own.yaml", level(3));
  write("units/82/29869/rules/own.yaml", level(4));
  write(
    "units/82/29869/quantities/water.yaml",
    `version: 1
class: water
quantities:
  - { name: water_level_m, type: float, unit: m, min: -1, max: 9, label: { vi: "Mực nước cầu", en: "Level" } }
`,
  );
  write(
    "units/82/29869/profiles/sonar.yaml",
    `version: 2
name: sonar
label: { vi: "Siêu âm", en: "Sonar" }
measurement: water
quantities: [water_level_m]
intervalMs: 60000
`,
  );
  write("broker.yaml", "version: 1\nquotas: { units: { 82/30000: { readingsPerSecond: 5 } } }\n");
  await using station = await startStation({ folder });
  const add = (device: string, profile: string) =>
    kenh("device", "add", device, "--profile", profile, "--data", folder.path, "--json");
  const refused = await add(other, "sonar");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/no profile "sonar"/)]);
  const added = await add(own, "sonar");
  const { password } = JSON.parse(added.stdout) as { password: string };
  const otherPassword = await station.addDevice(other, "generic-water");
  const ours = await connectAsync(station.mqtt, { username: own, password });
  const theirs = await connectAsync(station.mqtt, { username: other, password: otherPassword });
  // No two readings of one instant, and none ahead of the clock.
  let ts = Date.now() - 120_000;
  const next = (): number => {
    ts += 1000;
    return ts;
  };
  const send = (client: typeof ours, device: string, values: readonly number[]) =>
    client.publishAsync(
      topicOf(device, "telemetry"),
      JSON.stringify(values.map((value) => ({ ts: next(), values: { water_level_m: value } }))),
      { qos: 1 },
    );
  const raised = async (device: string) => {
    const { alarms } = await station.get<{ alarms: Alarm[] }>("/api/v1/alarms");
    return alarms.find((one) => one.device === device && one.rule === "water.bd3");
  };

  // 3.5 m is beyond the province's level and below the unit's; 9.5 m is implausible in the unit alone.
  await send(ours, own, [3.5]);
  await send(theirs, other, [3.5]);
  const first = await until(() => raised(other), "the province's level", patienceMs);
  expect(first).toMatchObject({ limit: 3, value: 3.5 });
  expect(await raised(own)).toBeUndefined();
  await send(ours, own, [9.5]);
  const flags = async (device: string) => {
    const from = Date.now() - 3_600_000;
    const query = `device=${device}&quantity=water_level_m&from=${from}&to=${Date.now() + 1000}`;
    const answer = await station.get<{ points: [number, number, number][] }>(
      `/api/v1/telemetry?${query}`,
    );
    return answer.points.map(([, value, flag]) => `${value} ${flag}`);
  };
  await until(async () => (await flags(own)).includes("9.5 4"), "the reading's flag", patienceMs);
  expect(await raised(own)).toBeUndefined();

  // What the unit changes is in force without a start, for it alone, and its origin is told.
  write("units/82/29869/rules/own.yaml", level(3.2));
  interface Rules {
    rules: { id: string; levels: unknown; origin: unknown }[];
  }
  const ruleOf = async (unit: string) => {
    const { rules } = await station.get<Rules>(`/api/v1/rules?unit=${unit}`);
    const found = rules.find(({ id }) => id === "water.bd3");
    return JSON.stringify([found?.levels, found?.origin]);
  };
  await until(async () => (await ruleOf("82/29869")).includes("3.2"), "the change", patienceMs);
  expect(JSON.parse(await ruleOf("82/29869"))[1]).toEqual({
    ...{ layer: "unit", file: "units/82/29869/rules/own.yaml" },
    ...{ overrides: "province", differs: ["levels"] },
  });
  expect(await ruleOf("82/30000")).toContain("provinces/82/rules/own.yaml");
  await send(ours, own, [3.5]);
  const second = await until(() => raised(own), "the unit's level", patienceMs);
  expect(second).toMatchObject({ limit: 3.2 });

  // The other passes its quota of readings: what follows waits, nothing is lost, and it is told.
  const many = Array.from({ length: 60 }, () => 1);
  await send(theirs, other, many);
  const held = send(theirs, other, [1]);
  interface Quotas {
    over: string[];
    quotas: { place: string; kind: string; over: boolean }[];
  }
  const quotas = () => station.get<Quotas>("/api/v1/quotas");
  await until(async () => (await quotas()).over.length > 0, "the quota", patienceMs);
  expect(await quotas()).toMatchObject({
    over: ["82/30000"],
    quotas: [{ place: "82/30000", kind: "readings", limit: 5, over: true }],
  });
  await send(ours, own, [1]);
  await held;
  const { total } = await station.settled();
  expect(total).toMatchObject({ received: 4 + 60 + 1 + 1, quarantined: 0, pending: 0 });
  await Promise.all([ours, theirs].map((client) => client.endAsync()));
});
