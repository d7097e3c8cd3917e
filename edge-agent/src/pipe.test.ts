import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { agentConfigSchema, parseAgentConfig } from "./config.ts";
import type { DriverSample, Unreadable } from "./driver.ts";
import { explainAgentConfig } from "./explain.ts";
import { pipeOf } from "./pipe.ts";

const device = "82/29869/cau-cao-lanh/muc-nuoc-01";
const page = readFileSync(new URL("../../docs/reference/edge-checks.md", import.meta.url), "utf8");
const sample = /```yaml agent\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

function entryOf(more: object) {
  const { drivers } = agentConfigSchema.parse({
    version: 1,
    name: "gw-01",
    identity: "82/29869/ubnd/gw-01",
    broker: { url: "mqtt://tram.example" },
    dataDir: "data",
    drivers: [{ kind: "modbus", device, ...more }],
  });
  return drivers[0] as (typeof drivers)[number];
}

describe("between driver and outbox", () => {
  test("the level is made first, then judged, then seen, then left out when it is no news", () => {
    const entry = entryOf({
      level: {
        method: "distance",
        medianOf: 1,
        calibration: [{ from: "2026-01-01T00:00:00+07:00", mountElevationM: 6 }],
      },
      checks: { water_level_m: { range: { max: 3 } } },
      report: { on: "change", deadband: { default: { absolute: 0.05 } } },
    });
    const seen: DriverSample[] = [];
    const faults: Unreadable[] = [];
    const pipe = pipeOf(
      entry,
      [
        (each) => {
          seen.push(each);
          return [each];
        },
      ],
      (fault) => faults.push(fault),
    );
    const noon = Date.parse("2026-11-01T12:00:00+07:00");
    const gave = [4, 4.02, 4.04, 4.1].flatMap((distance_m, minute) =>
      pipe({ device, ts: noon + minute * 60_000, values: { distance_m } }),
    );
    expect(seen).toHaveLength(4);
    expect(seen[1]).toMatchObject({
      values: { distance_m: 4.02, water_level_m: expect.closeTo(1.98) },
      qc: { water_level_m: 1 },
    });
    expect(gave.map(({ ts }) => (ts - noon) / 60_000)).toEqual([0, 3]);
    expect(pipe({ device, ts: 0, values: { distance_m: 4 } })).toHaveLength(1);
    expect(faults[0]?.reason).toContain("no calibration");
  });

  test("nothing is asked for: everything passes as it is", () => {
    const given: DriverSample = { device, ts: 1, values: { water_level_m: 1 }, urgent: true };
    expect(pipeOf(entryOf({}), [], () => {})(given)).toEqual([given]);
  });
});

test("the example of the reference is accepted, and explained in plain words", async () => {
  const config = await parseAgentConfig(sample, "agent.yaml", "/etc/kenh");
  const said = (await explainAgentConfig(config)).join("\n");
  for (const words of [
    "gw-01 (82/29869/ioc/gw-01) publishes to mqtts://station.example:8883",
    "simulate, every 1 s",
    "checks water_level_m: fails outside -2 to 6; suspect outside -1 to 4",
    "suspect as a spike of more than 0.3, fails above 1",
    "suspect when within 0.002 for 3 h, fails after 12 h",
    "suspect when faster than 0.0083 a second",
    "reports what changes (water_level_m by more than 0.005, default by more than 1 %), and the rest every 10 min",
  ]) {
    expect(said).toContain(words);
  }
});
