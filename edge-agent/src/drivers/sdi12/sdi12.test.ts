import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { array, assert, integer, nat, property } from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { absent, until } from "../../../../test/support/counterpart.ts";
import { temporaryFolder } from "../../../../test/support/folder.ts";
import { startSerialLine } from "../../../../test/support/pymodbus.ts";
import {
  type SensorFault,
  type SimulatedBus,
  startSdi12,
  startSdi12OnLine,
} from "../../../../test/support/sdi12.ts";
import type { DriverSample, Unreadable } from "../../driver.ts";
import { configSchema } from "./config.ts";
import { crcOf, valuesOf } from "./line.ts";
import { driver } from "./sdi12.ts";

/** Patient: a machine that is slow for a while is no silence. */
const quick = { intervalMs: 100, timeoutMs: 20_000, silentBaseMs: 3_600_000 };
/** Where a silence is waited for. */
const brief = { timeoutMs: 1000 };
const folder = temporaryFolder("kenh-sdi12");
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => folder[Symbol.dispose]());

function start(config: Record<string, unknown>) {
  const samples: DriverSample[] = [];
  const reports: Unreadable[] = [];
  const abort = new AbortController();
  const ended = (async () => {
    const source = driver.prepare({ ...quick, ...config });
    for await (const sample of source.run(abort.signal, (u) => reports.push(u)))
      samples.push(sample);
  })();
  ended.catch(() => {});
  const stop = async () => {
    abort.abort();
    await ended.catch(() => {});
  };
  stops.push(stop);
  return { samples, reports, ended, stop };
}

async function gateway(bus: SimulatedBus, port?: number) {
  const counterpart = await startSdi12(folder.path, bus, port);
  stops.push(() => counterpart.stop());
  return { ...counterpart, bus: { kind: "tcp", host: "127.0.0.1", port: counterpart.port } };
}

const untimed = ({ ts: _, ...sample }: DriverSample) => sample;
const level = [["+1.5"], ["-2"]];
const point = { quantity: "water_level_m", value: 1 };

interface Golden {
  readonly bus: SimulatedBus;
  readonly sensors: readonly unknown[];
  readonly samples: readonly DriverSample[];
  readonly reports: readonly [string, string][];
}
const golden = fileURLToPath(new URL("golden/", import.meta.url));
const cases = readdirSync(golden).map(
  (name) => [name, JSON.parse(readFileSync(join(golden, name, "case.json"), "utf8"))] as const,
) as readonly (readonly [string, Golden])[];

// The bus is simulated by a program of our own, written from the standard: no other is to be had.
describe.skipIf(absent("python3"))("against a simulated bus", () => {
  test.each(cases)("golden case %s", async (_, { bus, sensors, samples, reports }) => {
    const { bus: at } = await gateway(bus);
    const before = Date.now();
    const run = start({ bus: at, sensors, intervalMs: 60_000 });
    await until(() => run.samples.length >= samples.length, "the samples");
    expect(run.samples.map(untimed)).toEqual(samples);
    expect(run.reports.map(({ at: place }) => place)).toEqual(reports.map(([place]) => place));
    for (const [index, [, reason]] of reports.entries())
      expect(run.reports[index]?.reason).toContain(reason);
    for (const { ts } of run.samples) expect(ts).toBeGreaterThanOrEqual(before);
  });

  describe.skipIf(absent("socat"))("at a serial line", () => {
    let line: Awaited<ReturnType<typeof startSerialLine>>;
    beforeAll(async () => {
      line = await startSerialLine(folder.path);
    });
    afterAll(() => line?.stop());

    test("values come the same way", async () => {
      const [[, { bus, sensors, samples }]] = cases.filter(
        ([name]) => name === "pages-and-calls",
      ) as [readonly [string, Golden]];
      const counterpart = await startSdi12OnLine(folder.path, bus, line.ends[0]);
      stops.push(() => counterpart.stop());
      const serial = { kind: "serial", path: line.ends[1] };
      const run = start({ bus: serial, sensors, intervalMs: 60_000 });
      await until(() => run.samples.length >= samples.length, "the samples");
      expect(run.samples.map(untimed)).toEqual(samples);
      await run.stop();
      // The line is free again: the same can be had once more.
      const again = start({ bus: serial, sensors: sensors.slice(1, 2), intervalMs: 60_000 });
      await until(() => again.samples.length > 0, "a sample of the second run");
    });
  });

  const passing: SensorFault[] = [
    ["checksum", 4],
    ["half", 2],
    ["garbage", 2],
    ["other", 2],
    ["silent", 2],
  ];
  test.each(passing)("%s %i times in a row costs nothing", async (...fault) => {
    const sensor = { id: "", measurements: { "": [0, level] as const }, fault };
    const { bus } = await gateway({ sensors: { 0: sensor } });
    const run = start({ ...brief, bus, attempts: 4, sensors: [{ address: "0", points: [point] }] });
    await until(() => run.samples.length > 0, "a sample");
    expect(run.samples[0] && untimed(run.samples[0])).toEqual({ values: { water_level_m: 1.5 } });
    expect(run.reports).toEqual([]);
  });

  const lasting: [SensorFault[0], string][] = [
    ["silent", "no answer to 0MC! in 1000 ms, asked 2 times"],
    ["half", "no answer to 0MC! in 1000 ms, asked 2 times"],
    ["checksum", "0D0! the checksum is wrong"],
    ["garbage", "0MC! no answer of the sensor 0"],
    ["other", "0MC! no answer of the sensor 0"],
    ["nothing", "it announced 2 values to 0MC! and gave 0"],
  ];
  test.each(lasting)(
    "%s for ever: missing, told once, and the others are read",
    async (kind, why) => {
      const measurements = { "": [0, level] as const };
      const { bus } = await gateway({
        sensors: {
          0: { id: "", measurements, fault: [kind, -1] },
          1: { id: "", measurements },
        },
      });
      const run = start({
        ...brief,
        bus,
        attempts: 2,
        sensors: [
          { address: "0", device: "82/29869/a/bad", points: [point] },
          { address: "1", points: [point] },
        ],
      });
      await until(() => run.samples.filter(({ device }) => !device).length >= 3, "three rounds");
      expect(run.reports).toEqual([{ at: "sensor 0", reason: expect.stringContaining(why) }]);
      expect(run.samples.filter(({ device }) => device).map(untimed)).toEqual([
        { values: {}, qc: { water_level_m: 9 }, device: "82/29869/a/bad" },
      ]);
      for (const { values } of run.samples.filter(({ device }) => !device))
        expect(values).toEqual({ water_level_m: 1.5 });
    },
  );

  test("a dead sensor alone, and a gateway that dies and comes back", async () => {
    const sensor = { id: "", measurements: { "": [0, level] as const } };
    const first = await gateway({ sensors: { 0: sensor } });
    const nobody = start({
      ...brief,
      bus: first.bus,
      attempts: 1,
      sensors: [{ address: "5", points: [point] }],
    });
    await expect(nobody.ended).rejects.toThrow(
      "nobody answers (sensor 5: no answer to 5MC! in 1000 ms); check the sensor's address",
    );
    expect(nobody.samples).toEqual([]);
    const sensors = [{ address: "0", points: [point] }];
    const run = start({ bus: first.bus, sensors });
    await until(() => run.samples.length > 0, "a sample");
    await first.stop("SIGKILL");
    await expect(run.ended).rejects.toThrow(/closed the connection|can't be opened/);
    const second = await gateway({ sensors: { 0: sensor } }, first.port);
    const next = start({ bus: second.bus, sensors });
    await until(() => next.samples.length > 0, "a sample of the new gateway");
  });

  test("stopping during a long measurement ends at once and leaves no timer", async () => {
    const sensor = { id: "", measurements: { "": [999, level, 900] as const } };
    const { bus } = await gateway({ sensors: { 0: sensor } });
    const timers = () =>
      process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const run = start({ bus, sensors: [{ address: "0", points: [point] }] });
    await until(() => timers() > before, "the measurement");
    await run.stop();
    expect(run.samples).toEqual([]);
    await until(() => timers() <= before, "no timer to be left");
  });

  test("a probe names the sensors and prints what they measure", async () => {
    const { port } = await gateway(
      cases.find(([name]) => name === "pages-and-calls")?.[1].bus as SimulatedBus,
    );
    const find = (path: string) =>
      driver
        .prepare(driver.addresses?.configOf(new URL(`sdi12://127.0.0.1:${port}/${path}`)))
        .probe?.(AbortSignal.timeout(20_000));
    expect(await find("0cb")).toEqual([
      { point: "sensor 0", value: null, note: "KENH LEVEL 1.0 SNLEVEL (SDI-12 1.4)" },
      { point: "sensor 0 value 1", value: 1.234 },
      { point: "sensor 0 value 2", value: 27.5 },
      { point: "sensor 0 value 3", value: -0.015 },
      { point: "sensor b", value: null, note: "KENH SOIL 1.0 SNSOIL (SDI-12 1.4)" },
      { point: "sensor b value 1", value: 31.2 },
      { point: "sensor b value 2", value: 0.5 },
      { point: "sensor b value 3", value: -4 },
      { point: "sensor b value 4", value: 1_234_567 },
    ]);
    await expect(find("xy")).rejects.toThrow("no sensor answers at the addresses xy");
  });
});

describe("lines", () => {
  test("the checksum is that of the standard's example", () => {
    // SDI-12 1.4, 4.4.12.3
    expect(crcOf("0+3.14")).toBe("OqZ");
    expect(valuesOf("0+3.14OqZ", "0", true)).toEqual([3.14]);
  });

  test("what a sensor sends comes back, and no flipped character passes", () => {
    const sent = array(integer({ min: -9_999_999, max: 9_999_999 }), {
      minLength: 1,
      maxLength: 8,
    });
    assert(
      property(sent, nat(), integer({ min: 1, max: 127 }), (values, place, change) => {
        const text = `0${values.map((each) => (each < 0 ? each : `+${each}`)).join("")}`;
        const line = text + crcOf(text);
        expect(valuesOf(line, "0", true)).toEqual(values);
        const at = place % line.length;
        const flipped = String.fromCharCode(line.charCodeAt(at) ^ change);
        const damaged = line.slice(0, at) + flipped + line.slice(at + 1);
        expect(() => valuesOf(damaged, "0", true)).toThrow("the checksum is wrong");
      }),
    );
  });

  test.each(["0+3.15OqZ", "0+3.14OqY", "0", "", "0+3.14"])("%j is damaged", (line) => {
    expect(() => valuesOf(line, "0", true)).toThrow("the checksum is wrong");
  });

  test.each(["0+", "0+1-", "03.14", "0+1.2.3", "0+12345678", "0+1 ", "1+1", "0+1e5", "0+-1"])(
    "%j gives no values",
    (line) => {
      expect(() => valuesOf(line, "0", false)).toThrow(/no values|no answer of the sensor 0/);
    },
  );
});

describe("configuration", () => {
  const bus = { kind: "tcp", host: "10.0.0.7", port: 4001 };
  test.each([
    [{ bus, sensors: [{ address: "?", points: [point] }] }, "must be one of 0 to 9"],
    [{ bus, sensors: [{ address: "01", points: [point] }] }, "must be one of 0 to 9"],
    [{ bus, sensors: [{ address: "0", points: [{ ...point, value: 0 }] }] }, "value"],
    [
      { bus, sensors: ["0", "1"].map((address) => ({ address, points: [point] })) },
      "is read twice",
    ],
  ])("%j is refused", (config, reason) => {
    expect(configSchema.safeParse(config).error?.message).toContain(reason);
  });

  test("the sample of the README is one", () => {
    const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
    const [entry] = parse(readme.match(/```yaml\n([\s\S]*?)```/)?.[1] ?? "") as [
      { config: unknown },
    ];
    expect(configSchema.parse(entry.config).sensors).toHaveLength(2);
  });
});
