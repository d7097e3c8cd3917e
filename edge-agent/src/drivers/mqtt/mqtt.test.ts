import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { absent, freePort, until } from "../../../../test/support/counterpart.ts";
import { startFaultProxy } from "../../../../test/support/fault-proxy.ts";
import { temporaryFolder } from "../../../../test/support/folder.ts";
import { type Mosquitto, startMosquitto } from "../../../../test/support/mosquitto.ts";
import { noSharedData, sharedLines } from "../../../../test/support/shared-data.ts";
import type { DriverSample, Unreadable } from "../../driver.ts";
import { leaves } from "../extract.ts";
import { type Config, configSchema } from "./config.ts";
import { driver, read } from "./mqtt.ts";
import { readMessage } from "./read.ts";
import { readTime } from "./time.ts";
import { isFilter, matches, overlap } from "./topic.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test.each([
  ["tele/+/SENSOR", "tele/a/SENSOR", true],
  ["tele/+/SENSOR", "tele/a/b/SENSOR", false],
  ["tele/#", "tele", true],
  ["#", "a/b", true],
  ["#", "$SYS/x", false],
  ["a/+", "a/", true],
])("%s takes %s: %s", (filter, topic, expected) => {
  expect(matches(filter, topic)).toBe(expected);
});

test.each([
  ["tele/+/SENSOR", "tele/boiler/SENSOR", true],
  ["tele/+/SENSOR", "tele/+/LWT", false],
  ["tele/#", "tele/a/b", true],
  ["a/b", "a/b/c", false],
])("%s and %s overlap: %s", (one, other, expected) => {
  expect(overlap(one, other)).toBe(expected);
  expect(overlap(other, one)).toBe(expected);
});

test.each(["a#", "#/a", "a+/b", "", "$share/g/a"])("%j is no filter", (filter) => {
  expect(isFilter(filter)).toBe(false);
});

test.each([
  [1607123961.837752, { format: "epoch-s" }, 1607123961837],
  ["1759713693673", { format: "epoch-ms" }, 1759713693673],
  ["2025-10-05T21:21:33.856-0400", { format: "iso" }, Date.parse("2025-10-06T01:21:33.856Z")],
  [
    "2026-11-22T07:00:05",
    { format: "tasmota-local", zone: "UTC+7" },
    Date.parse("2026-11-22T00:00:05Z"),
  ],
] as const)("time %j is read", (raw, field, expected) => {
  expect(readTime(raw, { path: [], ...field })).toBe(expected);
});

test.each([
  ["2026-11-22T07:00:05", { format: "iso" }, "carries no zone"],
  ["yesterday", { format: "iso" }, "not of ISO 8601"],
  ["2026-10-25T02:30:00", { format: "tasmota-local", zone: "Europe/Berlin" }, "comes twice"],
  ["2026-03-29T02:30:00", { format: "tasmota-local", zone: "Europe/Berlin" }, "does not exist"],
  ["", { format: "epoch-s" }, "no number"],
  [undefined, { format: "iso" }, "no text"],
] as const)("time %j has no single meaning", (raw, field, reason) => {
  expect(() => readTime(raw, { path: [], ...field })).toThrow(reason);
});

describe("configuration", () => {
  const subscription = { topic: "a/+", points: [{ path: "t", quantity: "air_temperature_c" }] };
  const faults = (...subscriptions: object[]) =>
    configSchema
      .safeParse({ url: "mqtt://h", clientId: "c", subscriptions })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);

  test("a local time without a zone is refused, and says what to write", () => {
    const time = { path: "Time", format: "tasmota-local" };
    expect(faults({ ...subscription, time })?.[0]).toMatch(/time.zone: .*take time: arrival/);
  });
  test("two readers of one message, and a late arrival taken for a time, are refused", () => {
    expect(faults(subscription, { ...subscription, topic: "a/b", state: true })).toEqual([
      expect.stringContaining("subscriptions.0.time: must be in the payload when clientId is set"),
      expect.stringContaining("subscriptions.1.topic: overlaps with subscriptions.0"),
    ]);
  });
  test("the sample of the dossier is one", () => {
    const [, sample] =
      readFileSync(here("README.md"), "utf8").match(/```yaml\n([\s\S]*?)```/) ?? [];
    const [entry] = parse(sample ?? "") as { kind: string; config: unknown }[];
    expect(entry?.kind).toBe("mqtt");
    expect(configSchema.parse(entry?.config).subscriptions).toHaveLength(3);
  });
});

interface Golden {
  readonly name: string;
  readonly config: object;
  readonly messages: readonly { topic: string; payload: string; retained?: boolean }[];
  readonly samples: readonly DriverSample[];
  readonly reports: readonly string[];
}
const golden = JSON.parse(readFileSync(here("golden/cases.json"), "utf8")) as Golden[];
test.each(golden)("golden: $name", ({ config, messages, samples, reports }) => {
  const reported: string[] = [];
  const parsed = configSchema.parse({ url: "mqtt://h", ...config });
  const given = messages.flatMap(({ topic, payload, retained = false }, index) =>
    readMessage(
      parsed,
      { topic, payload: Buffer.from(payload), retained, at: 1000 + index },
      (at, reason) => reported.push(`${at}: ${reason}`),
    ),
  );
  expect(given).toEqual(samples);
  expect(reported).toEqual(reports.map((text) => expect.stringContaining(text)));
});

const skipped = absent("mosquitto");
describe.skipIf(skipped)(`at a real broker ${skipped ?? ""}`, () => {
  const folder = temporaryFolder("mqtt-driver");
  let broker: Mosquitto;
  beforeAll(async () => {
    broker = await startMosquitto(folder.path, [{}, { users: { kenh: "đúng" } }], ["log_type all"]);
  });
  afterAll(async () => {
    await broker.stop();
    folder[Symbol.dispose]();
  });

  /** Runs the driver in the background and keeps what it gives. */
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
  const publisher = () => connectAsync(broker.url);
  const light = { topic: "den/#", points: [{ path: "lux", quantity: "illuminance_lx" }] };

  test("a value, a retained one, a last will, and the end without a trace", async () => {
    const client = await publisher();
    await client.publishAsync("den/a", '{"lux":1}', { qos: 1, retain: true });
    const config = configSchema.parse({
      url: broker.url,
      subscriptions: [
        light,
        {
          topic: "tele/+/LWT",
          payload: "text",
          state: true,
          points: [
            {
              path: "",
              quantity: "reachable",
              type: "boolean",
              map: { Online: true, Offline: false },
            },
          ],
        },
      ],
    });
    await client.publishAsync("tele/a/LWT", "Online", { qos: 1, retain: true });
    const running = listenTo(config);
    await until(() => running.reports.length > 0 && running.samples.length > 0, "what was kept");
    expect(running.reports[0]).toMatchObject({ at: "den/a" });
    expect(running.samples[0]).toMatchObject({ values: { reachable: true } });

    const gear = await connectAsync(broker.url, {
      will: { topic: "tele/b/LWT", payload: Buffer.from("Offline"), qos: 1, retain: true },
    });
    gear.stream.destroy();
    await gear.endAsync(true);
    execFileSync("mosquitto_pub", [
      ..."-h 127.0.0.1 -q 1 -t den/b -p".split(" "),
      String(broker.ports[0]),
      "-m",
      '{"lux":"42.5"}',
    ]);
    await until(() => running.samples.length >= 3, "the will and the value");
    expect(running.samples.slice(1)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ values: { reachable: false }, urgent: true }),
        expect.objectContaining({ values: { illuminance_lx: 42.5 } }),
      ]),
    );
    running.stop();
    expect(await running.ended).toBeUndefined();
    await client.endAsync();
  });

  test("a wrong password, a dead broker and a cut link are errors that name it", async () => {
    const refused = listenTo(
      configSchema.parse({
        url: `mqtt://127.0.0.1:${broker.ports[1]}`,
        username: "kenh",
        password: "sai",
        subscriptions: [light],
      }),
    );
    expect(String(await refused.ended)).toMatch(/as kenh: .*[Nn]ot authorized; check address/);
    expect(String(await refused.ended)).not.toContain("sai");

    const port = await freePort();
    const dead = listenTo(
      configSchema.parse({ url: `mqtt://127.0.0.1:${port}`, subscriptions: [light] }),
    );
    expect(String(await dead.ended)).toContain(`mqtt://127.0.0.1:${port}: connect ECONNREFUSED`);

    const proxy = await startFaultProxy(broker.ports[0] ?? 0);
    const cut = listenTo(
      configSchema.parse({ url: `mqtt://127.0.0.1:${proxy.port}`, subscriptions: [light] }),
    );
    const client = await publisher();
    await until(async () => {
      await client.publishAsync("den/c", '{"lux":7}', { qos: 1 });
      return cut.samples.length > 0;
    }, "a first value");
    proxy.inject({ kind: "none" });
    expect(await cut.ended).toBeInstanceOf(Error);
    await until(() => proxy.open() === 0, "the sockets to be closed");
    await client.endAsync();
    await proxy.close();
  });

  test("with a client id the broker keeps what comes while the agent is away", async () => {
    const config = configSchema.parse({
      url: broker.url,
      clientId: "kenh-giu-cho",
      subscriptions: [{ ...light, time: { path: "t", format: "epoch-ms" } }],
    });
    const client = await publisher();
    const send = (t: number) =>
      client.publishAsync("den/d", JSON.stringify({ lux: t, t }), { qos: 1 });
    const first = listenTo(config);
    await until(async () => {
      await send(1);
      return first.samples.length > 0;
    }, "a first value");
    first.stop();
    await first.ended;
    await send(2);
    await send(3);
    const second = listenTo(config);
    await until(() => second.samples.some((s) => s.ts === 3), "what was kept");
    expect(second.samples.map((s) => s.ts).filter((ts) => ts > 1)).toEqual([2, 3]);
    second.stop();
    await second.ended;
    await client.endAsync();
  });

  test("a probe names what is heard", async () => {
    const client = await publisher();
    await client.publishAsync("thu/x", '{"a":{"value":1.5,"unit":"m"}}', { qos: 1, retain: true });
    const address = new URL(`mqtt://127.0.0.1:${broker.ports[0]}/thu/#`);
    const { probe } = driver.prepare(driver.addresses?.configOf(address));
    const stop = new AbortController();
    const found = probe?.(stop.signal);
    // A person waits ten seconds; the test ends it once the value has been acknowledged.
    await until(() => {
      const [, id] = broker.output().match(/Sending PUBLISH to (\S+) .*'thu\/x'/) ?? [];
      return id && broker.output().includes(`Received PUBACK from ${id}`);
    }, "the probe to hear the value");
    stop.abort();
    expect(await found).toEqual([{ point: "thu/x a", value: 1.5, note: "m, kept by the broker" }]);
    await client.endAsync();
  });

  const none = noSharedData();
  describe.skipIf(none)(`payloads of real gear ${none ?? ""}`, () => {
    interface Captured {
      maker: string;
      kind: string;
      payload: string;
      valid_json: boolean;
    }
    const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

    test("each is mapped to the last number by configuration, or told with its reason", async () => {
      const captured = sharedLines<Captured>("mqtt-payloads/messages.jsonl");
      const expected = captured.map(({ payload, valid_json }) => {
        const found = valid_json ? leaves(JSON.parse(payload)) : [];
        return found.flatMap(({ path, value }, index) =>
          typeof value === "boolean" ||
          typeof value === "number" ||
          (typeof value === "string" && decimal.test(value.trim()))
            ? [{ path, value, quantity: `q_${index}` }]
            : [],
        );
      });
      const topic = (index: number) => `gear/${index}`;
      const running = listenTo(
        configSchema.parse({
          url: broker.url,
          subscriptions: captured.map((_, index) => ({
            topic: topic(index),
            points: (expected[index]?.length
              ? expected[index]
              : [{ path: "x", value: 0, quantity: "q" }]
            ).map(({ path, value, quantity }) => ({
              path,
              quantity,
              ...(typeof value === "boolean" && { type: "boolean" }),
            })),
            deviceBy: { level: 1, devices: { [index]: `82/29869/gear/g-${index}` } },
          })),
        }),
      );
      const client = await publisher();
      const first = expected.findIndex((points) => points.length > 0);
      await until(async () => {
        await client.publishAsync(topic(first), captured[first]?.payload ?? "", { qos: 1 });
        return running.samples.length > 0;
      }, "the subscriptions");
      running.samples.length = 0;
      for (const [index, { payload }] of captured.entries()) {
        await client.publishAsync(topic(index), payload, { qos: 1 });
      }
      const done = () =>
        new Set([
          ...running.samples.map((s) => s.device?.replace(/.*g-/, "")),
          ...running.reports.map((r) => r.at.replace(/gear\/(\d+).*/, "$1")),
        ]).size === captured.length;
      await until(done, "an answer to each");
      const shares: Record<string, { mapped: number; told: number }> = {};
      for (const [index, { maker }] of captured.entries()) {
        const points = expected[index] ?? [];
        shares[maker] ??= { mapped: 0, told: 0 };
        const samples = running.samples.filter((s) => s.device?.endsWith(`/g-${index}`));
        if (points.length === 0) {
          shares[maker].told++;
          expect(samples).toEqual([]);
          const [told] = running.reports.filter((r) => r.at === topic(index));
          expect(told?.reason).toMatch(/is no JSON|none of the points/);
        } else {
          shares[maker].mapped++;
          const values = Object.fromEntries(
            points.map((p) => [
              p.quantity,
              typeof p.value === "boolean" ? p.value : Number(p.value),
            ]),
          );
          expect(samples.at(-1)?.values).toEqual(values);
        }
      }
      expect(shares).toMatchInlineSnapshot(`
        {
          "Axis camera": {
            "mapped": 3,
            "told": 19,
          },
          "ChirpStack v4": {
            "mapped": 4,
            "told": 0,
          },
          "Frigate NVR": {
            "mapped": 3,
            "told": 1,
          },
          "Hikvision camera": {
            "mapped": 0,
            "told": 6,
          },
          "Milesight gateway": {
            "mapped": 1,
            "told": 0,
          },
          "Shelly": {
            "mapped": 16,
            "told": 0,
          },
          "Sparkplug B": {
            "mapped": 1,
            "told": 0,
          },
          "Tasmota": {
            "mapped": 80,
            "told": 44,
          },
          "The Things Stack v3": {
            "mapped": 9,
            "told": 0,
          },
          "Zigbee2MQTT": {
            "mapped": 2,
            "told": 2,
          },
        }
      `);
      running.stop();
      expect(await running.ended).toBeUndefined();
      await client.endAsync();
    });
  });
});
