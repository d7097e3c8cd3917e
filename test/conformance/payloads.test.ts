import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { type QuarantineItem, topicOf } from "@kenh/schemas";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noSharedData, sharedData, sharedLines } from "../support/shared-data.ts";
import { type RunningStation, startStation } from "../support/station.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const topic = topicOf(gauge, "telemetry");
const reason = noSharedData();

interface Listing {
  total: number;
  items: QuarantineItem[];
}

describe.skipIf(reason)(`recorded payloads as telemetry${reason ? ` (${reason})` : ""}`, () => {
  let station: RunningStation;
  let client: MqttClient;
  let ts = Date.now() - 3_600_000;
  beforeAll(async () => {
    station = await startStation();
    const password = await station.addDevice(gauge, "generic-water");
    client = await mqtt.connectAsync(station.mqtt, {
      username: gauge,
      password,
      reconnectPeriod: 0,
    });
  });
  afterAll(async () => {
    await client?.endAsync();
    await station?.[Symbol.asyncDispose]();
  });
  const publish = (payload: Buffer | string) => client.publishAsync(topic, payload, { qos: 1 });
  /** A good neighbour: its water level is stored with a time of its own. */
  const neighbour = () => ({ ts: ts++, values: { water_level_m: 1.5 } });

  async function goodStored(): Promise<number> {
    const query = new URLSearchParams({
      device: gauge,
      quantity: "water_level_m",
      from: "0",
      to: String(Date.now() + 86_400_000),
    });
    const { points } = await station.get<{ points: unknown[] }>(`/api/v1/telemetry?${query}`);
    return points.length;
  }

  /** Sends payloads, each followed by a good neighbour, and holds the books against both. */
  async function run(payloads: readonly (Buffer | string)[]) {
    const before = (await station.settled()).total;
    const storedBefore = await goodStored();
    const itemsBefore = (await station.get<Listing>("/api/v1/quarantine?limit=1")).total;
    // All at once: the broker takes them in order, and one sync of the disk serves many.
    await Promise.all(
      payloads.flatMap((payload) => [publish(payload), publish(JSON.stringify(neighbour()))]),
    );
    const { total } = await station.settled();
    expect(total.received).toBe(total.stored + total.duplicate + total.quarantined);
    expect(total.stored - before.stored).toBeGreaterThanOrEqual(payloads.length);
    expect((await goodStored()) - storedBefore).toBeGreaterThanOrEqual(payloads.length);
    const { total: items } = await station.get<Listing>("/api/v1/quarantine?limit=1");
    return {
      total,
      items: items - itemsBefore,
      quarantined: total.quarantined - before.quarantined,
    };
  }

  test("JSON test suite: what is no JSON is set aside as such, what is JSON is stored or says why not", async () => {
    const cases = sharedLines<{
      name: string;
      expect: "accept" | "reject" | "either";
      b64?: string;
      repeat?: [string, number];
    }>("conformance/json_payloads.jsonl");
    for (const { name, expect: expected, b64, repeat } of cases) {
      const bytes = repeat
        ? Buffer.from(repeat[0].repeat(repeat[1]))
        : Buffer.from(b64 ?? "", "base64");
      const { quarantined, items } = await run([bytes]);
      const {
        items: [item],
      } = await station.get<Listing>("/api/v1/quarantine?limit=1");
      // None of these is telemetry, so each is set aside; the reason tells JSON from what is none.
      expect(items, name).toBeGreaterThan(0);
      expect(quarantined, name).toBeGreaterThan(0);
      const kept =
        item?.encoding === "base64"
          ? Buffer.from(item.payload, "base64")
          : Buffer.from(item?.payload ?? "");
      if (expected === "reject")
        expect([item?.reason, bytes.length <= 262_144], name).toEqual([
          bytes.length > 262_144 ? "too-large" : "invalid-json",
          bytes.length <= 262_144,
        ]);
      if (expected === "accept") expect(item?.reason, name).not.toBe("invalid-json");
      if (item?.reason === "invalid-json") expect(kept.equals(bytes), name).toBe(true);
    }
  });

  test("naughty strings: as a text value stored as they are, as a quantity or a number set aside", async () => {
    const strings = JSON.parse(
      readFileSync(sharedData("conformance/naughty_strings.json"), "utf8"),
    ) as string[];
    const firstTs = ts;
    const samples = strings.map((firmware) => ({
      ts: ts++,
      values: { firmware, water_level_m: 1 },
    }));
    const asText = await run(samples.map((sample) => JSON.stringify(sample)));
    expect(asText.quarantined).toBe(0);
    const query = new URLSearchParams({
      device: gauge,
      quantity: "firmware",
      from: String(firstTs),
      to: String(ts),
    });
    const { points } = await station.get<{ points: [number, string][] }>(
      `/api/v1/telemetry?${query}`,
    );
    const byTs = new Map(points.map(([at, value]) => [at, value]));
    for (const { ts: at, values } of samples) expect(byTs.get(at)).toBe(values.firmware);

    const asNumber = await run(
      strings.map((water_level_m) => JSON.stringify({ ts: ts++, values: { water_level_m } })),
    );
    expect(asNumber.quarantined).toBe(strings.length);
    const asName = await run(
      strings.map((name) => JSON.stringify({ ts: ts++, values: Object.fromEntries([[name, 1]]) })),
    );
    expect(asName.quarantined).toBe(strings.length);
    const asEnvelope = await run(
      strings.map((agent, seq) =>
        JSON.stringify({ v: 1, agent, epoch: "naughty", seq: seq + 1, samples: [neighbour()] }),
      ),
    );
    expect(asEnvelope.total.received).toBe(
      asEnvelope.total.stored + asEnvelope.total.duplicate + asEnvelope.total.quarantined,
    );
  });

  test("what real gear publishes: stored or set aside with the right reason", async () => {
    const messages = sharedLines<{ payload: string; valid_json: boolean }>(
      "mqtt-payloads/messages.jsonl",
    );
    for (const { payload, valid_json } of messages) {
      const { items, quarantined } = await run([payload]);
      expect(quarantined, payload).toBeGreaterThan(0);
      expect(items, payload).toBeGreaterThan(0);
      const {
        items: [item],
      } = await station.get<Listing>("/api/v1/quarantine?limit=1");
      expect(item?.reason === "invalid-json", payload).toBe(!valid_json);
    }
    expect(station.process.child.exitCode).toBeNull();
  });
});
