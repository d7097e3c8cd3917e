import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Comparison, Explanation } from "@kenh/ingest";
import { type Alarm, topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { describe, expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { kenh, kenhProgram, startStation } from "../support/station.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";

/** A rule of its own, with the limit and the example's outcome that are given. */
const ruleFile = (limit: number | string, event = "raise"): string => `version: 1
rules:
  - id: my.level
    kind: high
    measurement: water
    quantity: water_level_m
    levels:
      - { priority: 3, limit: ${limit} }
    onDelayMs: 60000
    message: { vi: "Mực nước cao", en: "High water" }
    cause: { vi: "Triều", en: "Tide" }
    consequence: { vi: "Ngập", en: "Flooding" }
    action: { vi: "Xem camera", en: "Look at the camera" }
    owner: { vi: "Phường", en: "The ward" }
    examples:
      - name: two high readings
        samples:
          - { ts: 0, values: { water_level_m: 1.5 } }
          - { ts: 60000, values: { water_level_m: 1.6 } }
        transitions: [{ at: 60000, event: ${event} }]
`;

describe("kenh rules test", () => {
  test("runs the examples in a file or a folder, beside the shipped ones", async () => {
    using folder = temporaryFolder("rules");
    const mine = join(folder.path, "mine.yaml");
    const run = (path: string) =>
      kenh("rules", "test", path, "--data", join(folder.path, "data"), "--json");
    writeFileSync(mine, ruleFile(1.5));
    for (const path of [mine, folder.path]) {
      const { code, stdout } = await run(path);
      const { results, failed } = JSON.parse(stdout) as {
        results: { rule: string; ok: boolean }[];
        failed: number;
      };
      expect([code, failed]).toEqual([0, 0]);
      expect(results.filter(({ rule }) => rule === "my.level")).toHaveLength(1);
      expect(results.length).toBeGreaterThan(50);
    }
    writeFileSync(mine, ruleFile(1.5, "clear"));
    expect((await run(mine)).code).toBe(1);
  });

  test("ends without a fault when whoever reads has seen enough", () => {
    const [node, program] = [process.execPath, kenhProgram];
    const line = `"${node}" "${program}" rules list --json --data "$0" | head -c 100; echo " \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", line, tmpdir()], { encoding: "utf8" });
    expect(stdout).toMatch(/^\{"rules":.* 0\n$/);
    expect(stderr).toBe("");
  });

  test("refuses a wrong rule with file and line, and a path that isn't there", async () => {
    using folder = temporaryFolder("rules");
    const mine = join(folder.path, "mine.yaml");
    const run = (path: string) => kenh("rules", "test", path, "--data", join(folder.path, "data"));
    writeFileSync(mine, ruleFile(150));
    const wrong = await run(mine);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(`${mine}:8: my.level, levels.0.limit: limit 150 can't be`);
    expect((await run(join(folder.path, "none.yaml"))).code).toBe(2);
  });
});

interface Explained {
  readonly explained: readonly Explanation[];
  readonly comparison: Comparison;
}

describe("kenh rules on a station that runs", () => {
  test("list, explain, and rules that change meanwhile", async () => {
    using folder = temporaryFolder("rules-station");
    const rules = join(folder.path, "rules");
    mkdirSync(rules, { recursive: true });
    writeFileSync(join(rules, "mine.yaml"), ruleFile(1.5));
    const station = await startStation({ folder });
    try {
      const password = await station.addDevice(gauge, "generic-water");
      const device = await mqtt.connectAsync(station.mqtt, { username: gauge, password });
      const start = Date.now() - 3_600_000;
      const send = (minute: number, level: number, flag: number = 2) =>
        device.publishAsync(
          topicOf(gauge, "telemetry"),
          JSON.stringify({
            ts: start + minute * 60_000,
            values: { water_level_m: level },
            qc: { water_level_m: flag },
          }),
          { qos: 1 },
        );
      const mine = async () => {
        const { alarms } = await station.get<{ alarms: Alarm[] }>("/api/v1/alarms");
        return alarms.find(({ rule }) => rule === "my.level");
      };
      await send(0, 1);
      await send(1, 1.6);
      await send(2, 1.7, 4);
      await send(3, 1.4);
      await send(4, 1.6);
      await send(6, 1.7);
      await until(async () => (await mine())?.active, "the alarm");
      // It comes behind a newer one: at its own time it would have interrupted the delay.
      await send(5, 1.2);
      await station.settled();

      const data = ["--data", station.dataDir];
      const explain = async (...more: string[]) =>
        kenh("rules", "explain", "my.level", gauge, ...data, ...more);
      const explained = await until(
        async () => {
          const { stdout } = await explain("--json");
          const answer = JSON.parse(stdout) as Explained;
          return answer.explained[0]?.readings === 7 ? answer : undefined;
        },
        "all readings and the late one to be in the store",
        60_000,
      );
      const at = (minute: number) => start + minute * 60_000;
      expect(explained.explained[0]?.steps.map((step) => [step.event, step.at])).toEqual([
        ["pending", at(1)],
        ["given-up", at(3)],
        ["pending", at(4)],
        ["given-up", at(5)],
        ["pending", at(6)],
      ]);
      expect(explained.explained[0]?.passedOver).toEqual([
        { why: "flag 4", count: 1, first: at(2), last: at(2) },
      ]);
      expect(explained.comparison.onlyInHistory).toMatchObject([{ event: "raise", at: at(6) }]);

      const words = (await explain()).stdout;
      expect(words).toContain("1.6 against 1.5");
      expect(words).toContain("the alarm's history differs");
      expect(words).toContain("passed over: 1 (flag 4)");

      const unknown = await kenh("rules", "explain", "my.levle", gauge, ...data);
      expect([unknown.code, unknown.stderr]).toEqual([
        1,
        expect.stringContaining("no rule my.levle"),
      ]);

      const foreign = await kenh("rules", "explain", "power.freq", gauge, ...data);
      expect(foreign.stderr).toContain("power.freq watches devices of power");

      // Wrong rules leave those of before in force; right ones are taken.
      const refused = async () =>
        /^kenh_alarm_rules_refused (\d)/m.exec(
          await (await fetch(`${station.http}/metrics`)).text(),
        )?.[1];
      writeFileSync(join(rules, "mine.yaml"), ruleFile(150));
      await until(async () => (await refused()) === "1", "the wrong rules to be refused");
      await send(7, 1.4);
      await until(async () => (await mine())?.state === "returned", "the alarm to end");
      writeFileSync(join(rules, "mine.yaml"), ruleFile(0.5));
      await until(async () => (await refused()) === "0", "the right rules to be taken");
      await send(8, 0.6);
      await send(9, 0.6);
      await until(async () => (await mine())?.active, "the alarm of the other limit");
      expect((await mine())?.limit).toBe(0.5);
      await device.endAsync();

      const list = JSON.parse((await kenh("rules", "list", ...data, "--json")).stdout);
      expect(list.rules.some(({ id }: { id: string }) => id === "my.level")).toBe(true);
    } finally {
      await station[Symbol.asyncDispose]();
    }
  });
});
