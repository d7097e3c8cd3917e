import type { Flag, Value } from "@kenh/schemas";
import type { DriverSample } from "../../driver.ts";
import { extract } from "../extract.ts";
import type { Message } from "../listen.ts";
import { type Config, defaults, deviceKey, type LoraDevice } from "./config.ts";
import type { FrameCounters } from "./counter.ts";
import { type LoraEvent, readEvent } from "./event.ts";

/**
 * Makes a sample of an event, or says why not. Joins, acknowledgements and the like give nothing and
 * are no errors.
 * @param refuse told of what can't be read, and of uplinks that did not arrive
 */
export function readUplink(
  config: Config,
  counters: FrameCounters,
  { topic, payload }: Pick<Message, "topic" | "payload">,
  refuse: (at: string, reason: string) => void,
): DriverSample | undefined {
  try {
    if (payload.length > defaults.maxPayloadBytes) {
      throw new RangeError(`${payload.length} bytes are more than an event can have`);
    }
    const event = readEvent(topic, parse(payload));
    if (event.kind === "other") return undefined;
    const name = event.names.map(deviceKey).find((key) => Object.hasOwn(config.devices, key));
    const known = name === undefined ? undefined : config.devices[name];
    if (name === undefined || !known) {
      throw new RangeError(
        `the device ${event.names.join(" or ") || "without a name"} is not among devices: register it and add it there`,
      );
    }
    if (event.kind === "error")
      throw new RangeError(`the network server says ${event.description}`);
    if (event.errors.length > 0) {
      throw new RangeError(`the payload could not be decoded: ${event.errors.join("; ")}`);
    }
    if (event.ts === undefined) throw new RangeError("carries no time of its reception");
    if (event.kind === "uplink") {
      const standing = counters.place(name, event, event.ts);
      if (standing.kind === "repeated") return undefined;
      if (standing.missing > 0) {
        refuse(
          `${name} frame ${event.frame}`,
          `${standing.missing} uplinks before it did not arrive: look at signal and interference`,
        );
      }
    }
    return sampleOf(event, event.ts, known, config.radio, (path, reason) =>
      refuse(path === "" ? topic : `${topic} ${path}`, reason),
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    refuse(topic, error.message);
    return undefined;
  }
}

function sampleOf(
  event: LoraEvent,
  ts: number,
  { device, points }: LoraDevice,
  radio: boolean,
  refuse: (path: string, reason: string) => void,
): DriverSample | undefined {
  const values: Record<string, Value> = {};
  const qc: Record<string, Flag> = {};
  if (radio && event.rssiDbm !== undefined) values.rssi_dbm = event.rssiDbm;
  if (radio && event.snrDb !== undefined) values.snr_db = event.snrDb;
  if (event.batteryPct !== undefined) values.battery_pct = event.batteryPct;
  if (event.kind === "uplink" && points.length > 0) {
    const found = extract(event.decoded, points, refuse);
    Object.assign(values, found.values);
    Object.assign(qc, found.qc);
    if (event.hasPayload && (event.decoded === undefined || event.decoded === null)) {
      refuse("", "carries no decoded object: give the device a codec in the network server");
    }
  }
  if (Object.keys(values).length === 0 && Object.keys(qc).length === 0) return undefined;
  return { ts, values, device, ...(Object.keys(qc).length > 0 && { qc }) };
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8")) as unknown;
  } catch (cause) {
    throw new RangeError(
      `the event is no JSON (${(cause as Error).message.slice(0, 120)}): let the network server publish JSON, not Protobuf`,
      { cause },
    );
  }
}
