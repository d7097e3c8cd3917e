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
import { type Config, configSchema, defaults } from "./config.ts";
import { readMessage } from "./read.ts";

/** Yields what the subscribed devices publish; a message that gives nothing is reported. */
export async function* read(
  config: Config,
  signal: AbortSignal,
  report: Report,
  now: Clock,
): AsyncGenerator<DriverSample> {
  const filters = config.subscriptions.map((subscription) => subscription.topic);
  const refuse = (at: string, reason: string) => report({ at, reason });
  for await (const message of listen(config, filters, signal, now)) {
    yield* readMessage(config, message, refuse);
  }
}

export const run: Driver<Config> = (config, signal, report) =>
  read(config, signal, report, Date.now);

/** Findings of one probe: a broker of a whole house has no end. */
const maxFindings = 1000;

/** Listens for a while and names every value of every topic that it heard. */
async function probe(config: Config, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings = new Map<string, Finding>();
  const filters = config.subscriptions.map((subscription) => subscription.topic);
  const enough = AbortSignal.any([signal, AbortSignal.timeout(defaults.probeMs)]);
  for await (const { topic, payload, retained } of listen(config, filters, enough, Date.now)) {
    const note = retained ? "kept by the broker" : undefined;
    for (const leaf of leavesOf(payload)) {
      const point = leaf.path === "" ? topic : `${topic} ${leaf.path}`;
      const said = [leaf.unit, note].filter((part) => part !== undefined).join(", ");
      findings.set(point, { point, value: leaf.value, ...(said && { note: said }) });
    }
    if (findings.size >= maxFindings) break;
  }
  return [...findings.values()].slice(0, maxFindings);
}

function leavesOf(payload: Buffer): ReturnType<typeof leaves> {
  const text = payload.subarray(0, defaults.maxPayloadBytes).toString("utf8");
  try {
    return leaves(JSON.parse(text));
  } catch {
    return [{ path: "", value: text.slice(0, 200) }];
  }
}

export const driver = defineDriver<Config>({
  configSchema,
  run,
  pathFields: listenPaths,
  probe: {
    schemes: ["mqtt", "mqtts"],
    configOf: (address) => ({
      url: `${address.protocol}//${address.host}`,
      ...(address.username && { username: decodeURIComponent(address.username) }),
      ...(address.password && { password: decodeURIComponent(address.password) }),
      subscriptions: [
        {
          // What follows the host is the filter: a `#` in it begins no fragment.
          topic: decodeURIComponent(address.href.split("/").slice(3).join("/")) || "#",
          points: [{ path: "", quantity: "reachable" }],
        },
      ],
    }),
    run: probe,
  },
});
