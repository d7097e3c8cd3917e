import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Alarm, topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { start, until } from "../support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { kenh, kenhProgram, type RunningStation, startStation } from "../support/station.ts";

const gauges = ["82/29869/cau-cao-lanh/muc-nuoc-01", "82/29869/ubnd/muc-nuoc-02"] as const;
let folder: TemporaryFolder;
let station: RunningStation;
const passwords = new Map<string, string>();
beforeAll(async () => {
  folder = temporaryFolder("kenh-alarms-command");
  mkdirSync(join(folder.path, "rules"));
  const change = "{ rule: water.bd3, set: { onDelayMs: 0, offDelayMs: 0 } }";
  writeFileSync(
    join(folder.path, "rules", "at-once.yaml"),
    `version: 1\nchanges:\n  - ${change}\n`,
  );
  station = await startStation({ folder });
  for (const gauge of gauges) {
    passwords.set(gauge, await station.addDevice(gauge, "generic-water"));
    await level(gauge, 2.5);
  }
});
afterAll(async () => {
  await station.stop();
  folder[Symbol.dispose]();
});

async function level(gauge: string, value: number): Promise<void> {
  const password = passwords.get(gauge) ?? "";
  const client = await mqtt.connectAsync(station.mqtt, { username: gauge, password });
  const payload = JSON.stringify({ ts: Date.now(), values: { water_level_m: value } });
  await client.publishAsync(topicOf(gauge, "telemetry"), payload, { qos: 1 });
  await client.endAsync();
}

/** `kenh alarms … --json`, and what it answers. */
async function alarms<T>(...args: string[]): Promise<{ code: number; answer: T; stderr: string }> {
  const { code, stdout, stderr } = await kenh("alarms", ...args, "--data", folder.path, "--json");
  return { code, answer: stdout === "" ? (undefined as T) : JSON.parse(stdout), stderr };
}

test("an alarm is found, shown, put aside, brought back, acknowledged and accounted for", async () => {
  const watch = start(process.execPath, [
    ...[kenhProgram, "alarms", "watch", "--since", "0", "--lang", "en", "--data", folder.path],
  ]);
  const found = await until(async () => {
    const { answer } = await alarms<{ alarms: Alarm[] }>("list", "--priority", "1");
    return answer.alarms.length === 2 ? answer.alarms : undefined;
  }, "two alarms");
  const [first, second] = gauges.map((gauge) => found.find(({ device }) => device === gauge)) as [
    Alarm,
    Alarm,
  ];
  const listed = await kenh("alarms", "--data", folder.path);
  expect(listed.stdout).toContain("Khẩn cấp");
  expect(listed.stdout).toContain("Chưa xác nhận");
  const shown = await kenh("alarms", "show", first.id, "--lang", "en", "--data", folder.path);
  expect(shown.stdout).toMatch(new RegExp(`^Action +${first.action.en}$`, "m"));

  const shelved = await alarms<Alarm>(
    ...["shelve", first.id, "--comment", "rửa cảm biến", "--until", "2h", "--name", "Lan"],
  );
  expect(shelved.answer.state).toBe("shelved");
  expect((shelved.answer.shelvedUntil ?? 0) - Date.now()).toBeGreaterThan(7_000_000);
  const stale = await alarms(
    "comment",
    first.id,
    "--comment",
    "x",
    "--seen",
    String(first.version),
  );
  expect([stale.code, stale.stderr]).toEqual([1, expect.stringContaining("look at it again")]);
  expect((await alarms<Alarm>("unshelve", first.id)).answer.state).toBe("unacknowledged");
  const both = await alarms<{ results: object[] }>("ack", first.id, second.id, "--name", "Lan");
  expect([both.code, both.answer.results.length]).toEqual([0, 2]);
  const again = await alarms<{ results: { problem?: { status: number } }[] }>("ack", first.id);
  expect([again.code, again.answer.results[0]?.problem?.status]).toEqual([1, 409]);
  const out = await alarms<Alarm>(
    ...["out-of-service", "--device", gauges[1], "--rule", "water.bd2", "--comment", "thay"],
  );
  expect([out.code, out.answer?.state, out.stderr]).toEqual([0, "out-of-service", ""]);
  const back = await alarms<Alarm>("return", out.answer.id);
  expect(back.answer.history.at(-1)?.event).toBe("return-to-service");
  expect((await alarms("out-of-service", "--comment", "x")).code).toBe(2);
  expect((await alarms("show", "none")).code).toBe(1);

  const { answer } = await alarms<{ lines: { call: string; name: string; result: string }[] }>(
    "audit",
  );
  // Below them, because it was before them, stands that the devices were added.
  const calls = answer.lines.filter(({ call }) => !call.startsWith("registry."));
  expect(calls.map(({ call, result }) => `${call} ${result}`)).toEqual([
    "return-to-service done",
    "out-of-service done",
    "acknowledge wrong-state",
    "acknowledge done",
    "acknowledge done",
    "unshelve done",
    "comment stale-version",
    "shelve done",
  ]);
  expect(calls.at(-1)?.name).toBe("Lan");
  const chain = await alarms<{ lines: number; brokenAt: number | null }>("audit", "--verify");
  expect([chain.code, chain.answer.lines, chain.answer.brokenAt]).toEqual([
    0,
    answer.lines.length,
    null,
  ]);

  const kpis = await alarms<{ operators: { actor: string; count: number }[] }>("kpis");
  const [lan] = kpis.answer.operators;
  expect([lan?.actor, lan?.count]).toEqual([expect.stringContaining("Lan"), 2]);
  expect((await kenh("alarms", "kpis", "--data", folder.path)).stdout).toContain("82/29869");
  const ways = await alarms<{ ways: { name: string }[] }>("ways");
  expect(ways.answer.ways.map(({ name }) => name)).toEqual(["store", "mqtt"]);

  await until(() => watch.output().includes("Acknowledged"), "the watch to have seen it");
  expect(watch.output()).toContain("Unshelved");
  watch.child.kill("SIGINT");
  await until(() => watch.child.exitCode !== null, "the watch to end");
  expect(watch.child.exitCode).toBe(0);
});
