import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { quantityFileSchema, sampleSchema } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { DriverSample } from "../../driver.ts";
import { configSchema, type Model, modelIncidents } from "./config.ts";
import { seededRandom } from "./random.ts";
import { driver, observe, simulate } from "./simulate.ts";
import { tideM } from "./tide-gauge.ts";

const models = Object.keys(modelIncidents) as Model[];
const start = Date.parse("2026-11-01T00:00:00Z");
const config = (raw: Record<string, unknown>) => configSchema.parse(raw);

test("the generator repeats itself, and fills the interval evenly", () => {
  const draw = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  const mean = draw(7).reduce((sum, x) => sum + x, 0) / 1000;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});

test("every quantity stands in the registry with its type, and in its plausible range, incidents and all", () => {
  const folder = fileURLToPath(new URL("../../../../schemas/quantities/", import.meta.url));
  const registry = new Map(
    readdirSync(folder).flatMap((file) =>
      quantityFileSchema
        .parse(parse(readFileSync(join(folder, file), "utf8")))
        .quantities.map((q) => [q.name, q]),
    ),
  );
  for (const model of models) {
    const incidents = modelIncidents[model].map((kind, i) => ({
      kind,
      afterMs: i * 600_000,
      durationMs: 600_000,
    }));
    for (let at = 0; at < 24 * 3600_000; at += 10_000) {
      const { values, qc } = observe(config({ model, incidents }), start + at, at);
      expect(sampleSchema.safeParse({ ts: start + at, values, qc }).success).toBe(true);
      for (const [name, value] of Object.entries(values)) {
        const quantity = registry.get(name);
        if (!quantity) throw new Error(`${name} is not in the registry`);
        const type =
          quantity.type === "float" || quantity.type === "integer" ? "number" : quantity.type;
        if (typeof value !== type) throw new Error(`${name} is ${typeof value}`);
        if (
          typeof value === "number" &&
          (value < (quantity.min ?? value) || value > (quantity.max ?? value))
        ) {
          throw new Error(`${name} ${value} is not plausible at ${at}`);
        }
      }
      for (const name of Object.keys(qc ?? {})) expect(registry.has(name)).toBe(true);
    }
  }
});

describe("the tide", () => {
  test("has two high waters a day, springs and neaps, and stays below the first flood level", () => {
    let high = 0;
    const ranges: number[] = [];
    for (let day = 0; day < 30; day++) {
      const levels = Array.from({ length: 144 }, (_, i) =>
        tideM(start + day * 86_400_000 + i * 600_000),
      );
      high += levels.filter(
        (l, i) => l > (levels[i - 1] ?? l) && l >= (levels[i + 1] ?? Number.POSITIVE_INFINITY),
      ).length;
      ranges.push(Math.max(...levels) - Math.min(...levels));
      expect(Math.max(...levels)).toBeLessThan(1.9);
    }
    expect(high).toBeGreaterThan(45);
    expect(high).toBeLessThan(65);
    expect(Math.max(...ranges) / Math.min(...ranges)).toBeGreaterThan(1.5);
  });

  test("of the demonstration crosses 2.30 m within the first half minute, whenever it starts", () => {
    for (let hour = 0; hour < 24 * 15; hour++) {
      const from = start + hour * 3600_000;
      const level = (at: number) =>
        Number(observe(config({ model: "tide-gauge" }), from + at, at).values.water_level_m);
      expect(level(0)).toBeLessThan(2);
      expect(level(30_000)).toBeGreaterThan(2.3);
    }
  });
});

test("a power cut: battery, generator, mains again, each change urgent", async () => {
  let at = start;
  const script = config({
    model: "ups",
    intervalMs: 100,
    incidents: [{ kind: "power-cut", afterMs: 1000, durationMs: 60_000 }],
  });
  const stop = new AbortController();
  const changes: [string, boolean | undefined][] = [];
  let last: DriverSample | undefined;
  for await (const sample of simulate(script, stop.signal, () => at)) {
    at += 5000;
    const status = String(sample.values.ups_status);
    if (sample.urgent || !last) changes.push([status, sample.urgent]);
    last = sample;
    if (at > start + 90_000) stop.abort();
  }
  expect(changes).toEqual([
    ["OL", undefined],
    ["OB DISCHRG", true],
    ["OL CHRG", true],
    ["OL", true],
  ]);
});

test("a long cut without a generator ends with a low battery", () => {
  const script = config({
    model: "ups",
    incidents: [{ kind: "power-cut", afterMs: 0, durationMs: 3600_000, generatorStarts: false }],
  });
  expect(observe(script, start, 1_700_000).values).toMatchObject({
    ups_status: "OB DISCHRG LB",
    generator_running: false,
  });
});

test("an incident that can't happen to the model is refused", () => {
  const bad = driver.configSchema.safeParse({
    model: "camera",
    incidents: [{ kind: "flood-tide", afterMs: 0, durationMs: 1 }],
  });
  expect(bad.error?.issues[0]?.message).toContain("use one of camera-down, camera-covered");
});

test("golden: the same seed gives the same readings for ever", () => {
  const file = fileURLToPath(new URL("golden/seed-1.json", import.meta.url));
  const golden = JSON.parse(readFileSync(file, "utf8")) as {
    model: Model;
    at: number;
    observed: unknown;
  }[];
  expect(new Set(golden.map((g) => g.model))).toEqual(new Set(models));
  for (const { model, at, observed } of golden) {
    expect(observe(config({ model }), start + at, at)).toEqual(observed);
  }
});
