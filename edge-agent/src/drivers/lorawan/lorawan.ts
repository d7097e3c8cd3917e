import type { Clock } from "@kenh/schemas";
import {
  type Driver,
  type DriverSample,
  defineDriver,
  type Finding,
  type Report,
} from "../../driver.ts";
import { leaves } from "../extract.ts";
import { listen, listenPaths } from "../listen.ts";
import { type Config, configSchema, defaults, filters } from "./config.ts";
import { FrameCounters } from "./counter.ts";
import { readEvent } from "./event.ts";
import { decodeOwn, decodersOf } from "./own-decoder.ts";
import { readUplink } from "./read.ts";

/** Yields the uplinks of the configured devices at the times at which the network received them. */
export async function* read(
  config: Config,
  signal: AbortSignal,
  report: Report,
  now: Clock,
): AsyncGenerator<DriverSample> {
  const counters = new FrameCounters(config.repeatWithinMs);
  const refuse = (at: string, reason: string) => report({ at, reason });
  const decoders = decodersOf(config);
  try {
    for await (const heard of listen(config, [filterOf(config)], signal, now)) {
      const message = decoders ? await decodeOwn(decoders, heard) : heard;
      const sample = readUplink(config, counters, message, refuse);
      if (sample) yield sample;
    }
  } finally {
    await decoders?.close();
  }
}

const filterOf = ({ topic, network }: Config): string => topic ?? filters[network];

export const run: Driver<Config> = (config, signal, report) =>
  read(config, signal, report, Date.now);

/** Findings of one probe. */
const maxFindings = 1000;

/** Listens for a while and names the devices that it heard, with what their decoders gave. */
async function probe(config: Config, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings = new Map<string, Finding>();
  const enough = AbortSignal.any([signal, AbortSignal.timeout(defaults.probeMs)]);
  for await (const { topic, payload } of listen(config, [filterOf(config)], enough, Date.now)) {
    const said = documentOf(payload);
    const { kind, names, decoded } = readEvent(topic, said);
    const device = names[0] ?? topic;
    if (kind !== "uplink") continue;
    const found = leaves(decoded);
    if (found.length === 0) {
      findings.set(device, { point: device, value: null, note: "no decoded object" });
    }
    for (const { path, value, unit } of found) {
      const point = `${device} ${path}`;
      findings.set(point, { point, value, ...(unit !== undefined && { note: unit }) });
    }
    if (findings.size >= maxFindings) break;
  }
  return [...findings.values()].slice(0, maxFindings);
}

function documentOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

export const driver = defineDriver<Config>({
  configSchema,
  run,
  pathFields: listenPaths,
  probe: {
    schemes: ["chirpstack", "the-things-stack"],
    configOf: (address) => ({
      url: `mqtt://${address.host}`,
      network: address.protocol.slice(0, -1),
      ...(address.username && { username: decodeURIComponent(address.username) }),
      ...(address.password && { password: decodeURIComponent(address.password) }),
      devices: {},
    }),
    run: probe,
  },
});
