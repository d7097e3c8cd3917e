import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { absent, until } from "../../../../test/support/counterpart.ts";
import { temporaryFolder } from "../../../../test/support/folder.ts";
import { type Mosquitto, startMosquitto } from "../../../../test/support/mosquitto.ts";
import { noSharedData, sharedLines } from "../../../../test/support/shared-data.ts";
import type { DriverSample, Unreadable } from "../../driver.ts";
import { leaves } from "../extract.ts";
import { type Config, configSchema } from "./config.ts";
import { FrameCounters } from "./counter.ts";
import { driver, read } from "./lorawan.ts";
import { readUplink } from "./read.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface Golden {
  readonly name: string;
  readonly config: object;
  readonly messages: readonly { topic: string; payload: unknown }[];
  readonly samples: readonly DriverSample[];
  readonly reports: readonly string[];
}
const golden = JSON.parse(readFileSync(here("golden/cases.json"), "utf8")) as Golden[];
test.each(golden)("golden: $name", ({ config, messages, samples, reports }) => {
  const told: string[] = [];
  const parsed = configSchema.parse({ url: "mqtt://h", ...config });
  const counters = new FrameCounters(parsed.repeatWithinMs);
  const given = messages.flatMap(({ topic, payload }) => {
    const message = { topic, payload: Buffer.from(JSON.stringify(payload)) };
    const tell = (at: string, reason: string) => told.push(`${at}: ${reason}`);
    return readUplink(parsed, counters, message, tell) ?? [];
  });
  expect(given).toEqual(samples);
  expect(told).toEqual(reports.map((text) => expect.stringContaining(text)));
});

test("garbage on the topic is told, whatever it is", () => {
  const config = configSchema.parse({ url: "mqtt://h", network: "chirpstack", devices: {} });
  const garbage = {
    broken: ["", "{", "\u0000\u00ff"],
    odd: ["null", "[]", '{"__proto__":{"object":1}}'],
  };
  for (const payload of [...garbage.broken, ...garbage.odd]) {
    for (const topic of ["application/1/device/x/event/up", "v3/a/devices/b/up", "v3", ""]) {
      const told: string[] = [];
      const message = { topic, payload: Buffer.from(payload) };
      const counters = new FrameCounters(1);
      expect(readUplink(config, counters, message, (at) => told.push(at))).toBeUndefined();
      const uplink = topic.endsWith("/up");
      expect(told).toHaveLength(uplink || garbage.broken.includes(payload) ? 1 : 0);
    }
  }
});

test("the sample of the dossier is a configuration", () => {
  const [, sample] = readFileSync(here("README.md"), "utf8").match(/```yaml\n([\s\S]*?)```/) ?? [];
  const [entry] = parse(sample ?? "") as { kind: string; config: unknown }[];
  expect(Object.keys(configSchema.parse(entry?.config).devices)).toEqual(["a84041c341834c84"]);
});

const skipped = absent("mosquitto");
describe.skipIf(skipped)(`at a real broker ${skipped ?? ""}`, () => {
  const folder = temporaryFolder("lorawan-driver");
  let broker: Mosquitto;
  let client: MqttClient;
  beforeAll(async () => {
    broker = await startMosquitto(folder.path, [{}], ["log_type all", "max_queued_messages 0"]);
    client = await connectAsync(broker.url);
  });
  afterAll(async () => {
    await client.endAsync();
    await broker.stop();
    folder[Symbol.dispose]();
  });

  function listenTo(config: Config) {
    const stop = new AbortController();
    const samples: DriverSample[] = [];
    const reports: Unreadable[] = [];
    const ended = (async () => {
      for await (const sample of read(config, stop.signal, (r) => reports.push(r), Date.now)) {
        samples.push(sample);
      }
    })().catch((error: Error) => error);
    return { samples, reports, ended, stop: () => stop.abort() };
  }

  /** Runs the driver over messages, and gives what it made of them once it has taken them all. */
  async function through(config: Config, messages: readonly { topic: string; payload: string }[]) {
    const running = listenTo(config);
    // An event that every driver tells marks that it listens, and that it has come to the end.
    const mark =
      config.network === "chirpstack" ? "application/m/device/moc/event/up" : "v3/m/devices/moc/up";
    const marks = () => running.reports.filter((r) => r.at === mark).length;
    await until(async () => {
      await client.publishAsync(mark, "{}", { qos: 1 });
      return marks() > 0;
    }, "the driver to listen");
    for (const { topic, payload } of messages) {
      await client.publishAsync(topic, payload, { qos: 1 });
    }
    await client.publishAsync(mark, "the last", { qos: 1 });
    await until(
      () => running.reports.some((r) => r.at === mark && /no JSON/.test(r.reason)),
      "the end",
    );
    running.stop();
    expect(await running.ended).toBeUndefined();
    return { samples: running.samples, reports: running.reports.filter((r) => r.at !== mark) };
  }

  test("a lost broker ends the driver; a probe names what it hears", async () => {
    await client.publishAsync(
      "application/p/device/0102030405060708/event/up",
      '{"time":"2026-11-22T00:00:00Z","object":{"t":{"value":21.5,"unit":"°C"}}}',
      { qos: 1, retain: true },
    );
    const address = new URL(`chirpstack://127.0.0.1:${broker.ports[0]}`);
    const { probe } = driver.prepare(driver.addresses?.configOf(address));
    const stop = new AbortController();
    const found = probe?.(stop.signal);
    await until(() => {
      const [, id] = broker.output().match(/Sending PUBLISH to (\S+) .*0102030405060708/) ?? [];
      return id && broker.output().includes(`Received PUBACK from ${id}`);
    }, "the probe to hear it");
    stop.abort();
    expect(await found).toEqual([{ point: "0102030405060708 t", value: 21.5, note: "°C" }]);
    await client.publishAsync("application/p/device/0102030405060708/event/up", "", {
      qos: 1,
      retain: true,
    });

    using other = temporaryFolder("lorawan-lost");
    const second = await startMosquitto(other.path);
    const running = listenTo(
      configSchema.parse({ url: second.url, network: "the-things-stack", devices: {} }),
    );
    await until(() => /as kenh-/.test(second.output()), "the driver to connect");
    await second.stop();
    expect(await running.ended).toBeInstanceOf(Error);
  });

  const none = noSharedData();
  describe.skipIf(none)(`recorded material ${none ?? ""}`, () => {
    interface Captured {
      maker: string;
      kind: string;
      topic: string | null;
      payload: string;
    }
    const captured = () =>
      sharedLines<Captured>("mqtt-payloads/messages.jsonl").filter((m) =>
        /ChirpStack|Things/.test(m.maker),
      );

    test("events of ChirpStack as documented", async () => {
      const messages = captured().filter((m) => m.maker.startsWith("Chirp"));
      const { samples, reports } = await through(
        configSchema.parse({
          url: broker.url,
          network: "chirpstack",
          devices: { "0101010101010101": { device: "82/29869/lora/thu-01" } },
        }),
        messages.map(({ topic, payload }) => ({ topic: topic ?? "", payload })),
      );
      expect(reports).toEqual([]);
      expect(samples).toEqual([
        {
          ts: Date.parse("2022-07-18T09:35:06.927Z"),
          device: "82/29869/lora/thu-01",
          values: { battery_pct: 88.3 },
        },
        {
          ts: Date.parse("2022-07-18T09:34:15.775Z"),
          device: "82/29869/lora/thu-01",
          values: { rssi_dbm: -36, snr_db: 10.5 },
        },
      ]);
    });

    test("events of The Things Stack: each is mapped, or told with its reason", async () => {
      const messages = captured().filter((m) => m.maker.startsWith("The Things"));
      const topics = messages.map(({ topic, payload }) =>
        topic
          ? topic.replace("DEVICE_ID", "dev1")
          : /downlink_failed/.test(payload)
            ? "v3/app1@t/devices/dev1/down/failed"
            : "v3/app1@t/devices/dev1/up",
      );
      const { samples, reports } = await through(
        configSchema.parse({
          url: broker.url,
          network: "the-things-stack",
          devices: {
            "lht65-4c84": {
              device: "82/29869/lora/lht65",
              points: [
                { path: "TempC_SHT", quantity: "air_temperature_c" },
                { path: "TempC_DS", quantity: "water_temperature_c" },
                { path: "Hum_SHT", quantity: "relative_humidity_pct" },
                { path: "BatV", quantity: "battery_v" },
              ],
            },
            dev1: {
              device: "82/29869/lora/dev1",
              points: [
                { path: "temperature", quantity: "air_temperature_c" },
                { path: "humidity", quantity: "relative_humidity_pct" },
              ],
            },
          },
        }),
        messages.map(({ payload }, index) => ({ topic: topics[index] ?? "", payload })),
      );
      expect(samples).toEqual([
        {
          ts: Date.parse("2021-11-11T08:33:34.926Z"),
          device: "82/29869/lora/lht65",
          values: {
            rssi_dbm: -60,
            snr_db: 8.5,
            air_temperature_c: 14.65,
            water_temperature_c: 13.18,
            relative_humidity_pct: 67.6,
            battery_v: 3.103,
          },
        },
        {
          ts: Date.parse("2019-01-29T13:02:34.981Z"),
          device: "82/29869/lora/dev1",
          values: { rssi_dbm: -35, snr_db: 5 },
        },
        {
          ts: Date.parse("2021-07-08T11:17:58.984Z"),
          device: "82/29869/lora/dev1",
          values: { rssi_dbm: -27, snr_db: 9.2, relative_humidity_pct: 44, air_temperature_c: 32 },
        },
      ]);
      expect(reports.map((r) => r.reason).sort()).toEqual([
        ...Array<unknown>(2).fill(expect.stringContaining("carries no decoded object")),
        ...Array<unknown>(4).fill("carries no time of its reception"),
        expect.stringContaining("the network server says application downlink payload is too long"),
      ]);
    });

    interface Uplink {
      kind: string;
      fPort?: number;
      bytes: string;
      decoded: unknown;
      errors?: string[];
    }
    const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

    test.each(["chirpstack", "the-things-stack"] as const)(
      "every uplink of 176 device models in an envelope of %s: each number in its quantity, each error told",
      async (network) => {
        // Whether bytes and object agree is the decoder's affair: here the object is what counts.
        const uplinks = sharedLines<Uplink>("lorawan/uplinks.jsonl");
        const eui = (index: number) => (0x70b3d50000000000n + BigInt(index)).toString(16);
        const points = uplinks.map(({ decoded, errors }) =>
          errors
            ? []
            : leaves(decoded).flatMap(({ path, value, unit }, index) =>
                typeof value === "number" ||
                typeof value === "boolean" ||
                (typeof value === "string" && decimal.test(value.trim()))
                  ? [{ path, value, unit, quantity: `q_${index}` }]
                  : [],
              ),
        );
        const config = configSchema.parse({
          url: broker.url,
          network,
          radio: false,
          devices: Object.fromEntries(
            points.map((found, index) => [
              eui(index),
              {
                device: `82/29869/lora/u-${index}`,
                points: found.map(({ path, quantity, value, unit }) => ({
                  path,
                  quantity,
                  ...(unit !== undefined && { unit }),
                  ...(typeof value === "boolean" && { type: "boolean" }),
                })),
              },
            ]),
          ),
        });
        const at = Date.parse("2026-11-22T00:00:00Z");
        const messages = uplinks.map(({ decoded, errors, bytes, fPort }, index) => {
          const time = new Date(at + index).toISOString();
          const data = Buffer.from(bytes, "hex").toString("base64");
          const object = errors ? { errors } : decoded;
          return network === "chirpstack"
            ? {
                topic: `application/a/device/${eui(index)}/event/up`,
                payload: JSON.stringify({
                  deduplicationId: `d-${index}`,
                  time,
                  deviceInfo: { devEui: eui(index) },
                  fPort,
                  data,
                  object,
                }),
              }
            : {
                topic: `v3/a@ttn/devices/d-${index}/up`,
                payload: JSON.stringify({
                  end_device_ids: { device_id: `d-${index}`, dev_eui: eui(index).toUpperCase() },
                  uplink_message: {
                    f_port: fPort,
                    frm_payload: data,
                    received_at: time,
                    decoded_payload: object,
                  },
                }),
              };
        });
        const { samples, reports } = await through(config, messages);
        const failed = uplinks.flatMap(({ errors }, index) => (errors ? [index] : []));
        expect(failed.length).toBeGreaterThan(0);
        expect(reports.map(({ reason }) => reason)).toEqual(
          failed.map(
            (index) => `the payload could not be decoded: ${uplinks[index]?.errors?.join("; ")}`,
          ),
        );
        const byDevice = new Map(samples.map((sample) => [sample.device, sample]));
        let numbers = 0;
        for (const [index, found] of points.entries()) {
          const sample = byDevice.get(`82/29869/lora/u-${index}`);
          if (found.length === 0) {
            expect(sample).toBeUndefined();
            continue;
          }
          numbers += found.length;
          expect(sample?.ts).toBe(at + index);
          expect(sample?.values).toEqual(
            Object.fromEntries(
              found.map(({ quantity, value }) => [
                quantity,
                typeof value === "boolean" ? value : Number(value),
              ]),
            ),
          );
        }
        const kinds: Record<string, { mapped: number; told: number; "no number": number }> = {};
        for (const [index, { kind, errors }] of uplinks.entries()) {
          const row = kinds[kind] ?? { mapped: 0, told: 0, "no number": 0 };
          kinds[kind] = row;
          if (errors) row.told += 1;
          else if (points[index]?.length === 0) row["no number"] += 1;
          else row.mapped += 1;
        }
        console.table(kinds);
        expect({
          uplinks: uplinks.length,
          mapped: samples.length,
          numbers,
          kinds,
        }).toMatchInlineSnapshot(`
          {
            "kinds": {
              "air-quality": {
                "mapped": 32,
                "no number": 1,
                "told": 1,
              },
              "contact-motion": {
                "mapped": 20,
                "no number": 10,
                "told": 0,
              },
              "leak": {
                "mapped": 19,
                "no number": 2,
                "told": 0,
              },
              "other": {
                "mapped": 71,
                "no number": 19,
                "told": 2,
              },
              "people-counting": {
                "mapped": 17,
                "no number": 2,
                "told": 0,
              },
              "power-meter": {
                "mapped": 25,
                "no number": 4,
                "told": 0,
              },
              "pulse-flow": {
                "mapped": 22,
                "no number": 3,
                "told": 0,
              },
              "soil": {
                "mapped": 8,
                "no number": 0,
                "told": 0,
              },
              "temp-humidity": {
                "mapped": 98,
                "no number": 7,
                "told": 5,
              },
              "tracker": {
                "mapped": 7,
                "no number": 1,
                "told": 0,
              },
              "water-level": {
                "mapped": 28,
                "no number": 0,
                "told": 3,
              },
              "weather": {
                "mapped": 14,
                "no number": 1,
                "told": 0,
              },
            },
            "mapped": 361,
            "numbers": 1816,
            "uplinks": 422,
          }
        `);
      },
    );
  });
});
