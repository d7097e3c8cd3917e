import { afterAll, expect, test } from "vitest";
import { configSchema } from "./config.ts";
import { FrameCounters } from "./counter.ts";
import { decodeOwn, decodersOf } from "./own-decoder.ts";
import { readUplink } from "./read.ts";

const eui = "a84041c341834c84";
const source = `function decodeUplink(input) {
  if (input.fPort === 2) return { errors: ["unknown port " + input.fPort] };
  if (input.fPort === 3) for (;;) {}
  return { data: { distance: input.bytes[0] * 256 + input.bytes[1] } };
}`;
const config = configSchema.parse({
  url: "mqtt://h",
  network: "chirpstack",
  radio: false,
  devices: {
    [eui]: {
      device: "82/29869/cho/muc-nuoc-01",
      decoder: source,
      points: [{ path: "distance", quantity: "distance_m", scale: 0.001 }],
    },
    a84041c341834c85: {
      device: "82/29869/cho/muc-nuoc-02",
      points: [{ path: "d", quantity: "distance_m" }],
    },
  },
});
const decoders = decodersOf(config);
if (!decoders) throw new Error("the configuration has a decoder");
afterAll(() => decoders.close());

/** What an uplink of ChirpStack gives, and what is told of it. */
async function read(name: string, document: object) {
  const payload = Buffer.from(
    JSON.stringify({ deviceInfo: { devEui: name }, time: "2026-11-22T00:00:00Z", ...document }),
  );
  const heard = { topic: `application/1/device/${name}/event/up`, payload, retained: false, at: 0 };
  const told: string[] = [];
  const message = await decodeOwn(decoders as NonNullable<typeof decoders>, heard);
  const sample = readUplink(config, new FrameCounters(1000), message, (_, reason) =>
    told.push(reason),
  );
  return { values: sample?.values, told };
}
const data = Buffer.from([4, 210]).toString("base64");

test("the device's own decoder goes before the server's", async () => {
  expect(await read(eui, { fPort: 1, data, object: { distance: 9 } })).toEqual({
    values: { distance_m: 1.234 },
    told: [],
  });
});

test("a device without one is read as before", async () => {
  expect(await read("a84041c341834c85", { fPort: 1, data, object: { d: 2 } })).toEqual({
    values: { distance_m: 2 },
    told: [],
  });
});

test.each([
  [2, "unknown port 2"],
  [3, "endless loop"],
])("on port %i the decoder fails: %s", async (fPort, reason) => {
  const { values, told } = await read(eui, { fPort, data });
  expect(values).toBeUndefined();
  expect(told).toEqual([expect.stringContaining(reason)]);
  expect((await read(eui, { fPort: 1, data })).values).toEqual({ distance_m: 1.234 });
});

test("The Things Stack is decoded alike", async () => {
  const document = {
    end_device_ids: { dev_eui: eui },
    received_at: "2026-11-22T00:00:00Z",
    uplink_message: { f_port: 1, frm_payload: data },
  };
  const heard = {
    topic: "v3/a@t/devices/d/up",
    payload: Buffer.from(JSON.stringify(document)),
    retained: false,
    at: 0,
  };
  const message = await decodeOwn(decoders, heard);
  expect(JSON.parse(message.payload.toString()).uplink_message.decoded_payload).toEqual({
    distance: 1234,
  });
});
