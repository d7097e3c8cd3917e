import type { Point, Series } from "@kenh/ingest";
import { type Identity, parseIdentity, topicOf } from "@kenh/schemas";

/**
 * The load of every measurement: gauges of profile `generic-water` with one to six float quantities
 * (3.6 in the mean), no flags, so that each is stored with flag 2. All of it is valid and live, and within
 * the limits of the shipped rules: samples are a millisecond apart, and a level that swings as in an hour
 * would set off alarms at every reading.
 */
const quantities = [
  { name: "water_level_m", around: 1.2, swing: 0.01, decimals: 3 },
  { name: "water_temperature_c", around: 28, swing: 0.3, decimals: 2 },
  { name: "salinity_ppt", around: 0.25, swing: 0.1, decimals: 2 },
  { name: "turbidity_ntu", around: 52, swing: 20, decimals: 1 },
  { name: "ph", around: 7.2, swing: 0.2, decimals: 2 },
  { name: "battery_v", around: 3.6, swing: 0.1, decimals: 2 },
] as const;

/** Quantities of device n, in turn: 3.6 in the mean. */
const fieldCounts = [1, 2, 3, 4, 5, 6, 4, 4, 4, 3] as const;
/** Devices behind one edge gateway, that is, behind one connection. */
export const devicesPerGateway = 40;
export const profile = "generic-water";
const epoch = "bench-5f0c";

/** A gauge of the load. */
export interface LoadDevice {
  readonly identity: Identity;
  readonly topic: string;
  readonly series: Series;
  readonly names: readonly string[];
  /** Number of the last message made, from 1. */
  seq: number;
  /** Time of the last sample made: the next is later, so that none counts as late. */
  ts: number;
}

/** Makes `count` gauges. */
export function makeDevices(count: number): LoadDevice[] {
  return Array.from({ length: count }, (_, n) => {
    const identity = `82/29869/tram-${Math.floor(n / devicesPerGateway)}/muc-nuoc-${n}`;
    return {
      identity,
      topic: topicOf(identity, "telemetry"),
      series: { measurement: "water", tags: Object.entries(parseIdentity(identity)) },
      names: quantities.slice(0, fieldCounts[n % fieldCounts.length]).map(({ name }) => name),
      seq: 0,
      ts: 0,
    };
  });
}

/** The values that come in turn, as a device would write them. */
const written = quantities.map(({ around, swing, decimals }) =>
  Array.from({ length: 64 }, (_, i) =>
    JSON.stringify(Number((around + swing * Math.sin(i * 2.399963)).toFixed(decimals))),
  ),
);
const numbers = written.map((texts) => texts.map(Number));

/** The next message of a device: `samples` instants, one millisecond apart, the first not before `now`. */
export function nextMessage(device: LoadDevice, samples: number, now: number): string {
  const first = begin(device, samples, now);
  const parts: string[] = [];
  for (let ts = first; ts <= device.ts; ts++) {
    const values = device.names.map((name, at) => `"${name}":${written[at]?.[(ts + at) & 63]}`);
    parts.push(`{"ts":${ts},"values":{${values.join(",")}}}`);
  }
  return `{"v":1,"agent":"gw-01","epoch":"${epoch}","seq":${device.seq},"samples":[${parts.join(",")}]}`;
}

/** The next `samples` instants of a device as points, flagged as the ingest flags them. */
export function nextPoints(device: LoadDevice, samples: number, now: number): Point[] {
  const first = begin(device, samples, now);
  return Array.from({ length: samples }, (_, i) => ({
    series: device.series,
    ts: first + i,
    fields: device.names.map((name, at) => ({
      name,
      type: "float",
      value: numbers[at]?.[(first + i + at) & 63] ?? 0,
      flag: 2,
    })),
  }));
}

function begin(device: LoadDevice, samples: number, now: number): number {
  const first = Math.max(now, device.ts + 1);
  device.ts = first + samples - 1;
  device.seq++;
  return first;
}
