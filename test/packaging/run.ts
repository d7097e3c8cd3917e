import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { stringify } from "yaml";
import { type Counterpart, start, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { agentDevice, deviceOf } from "./drivers.ts";

/** What came in at the broker, by the last part of the device's identity. */
export interface Heard {
  readonly states: ReadonlyMap<string, string>;
  /** Why a driver failed first. */
  readonly failures: ReadonlyMap<string, string>;
  /** Number of samples. */
  readonly samples: ReadonlyMap<string, number>;
  /** Of all devices but the agent itself. */
  readings(): number;
}

/** A packaged agent at work. */
export interface Running {
  readonly heard: Heard;
  readonly process: Counterpart;
  /** When it was started, by performance.now(). */
  readonly startedAt: number;
  /** @throws Error when the agent ends before. */
  until(condition: () => boolean, what: string): Promise<void>;
}

/**
 * Runs the agent with the drivers on a broker, which is listened to, as long as `work` takes; then
 * stops it as systemd does.
 * @returns its exit code
 */
export async function runPackaged(
  brokerUrl: string,
  command: readonly string[],
  drivers: readonly object[],
  work: (running: Running) => Promise<void>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number | null> {
  using place = temporaryFolder("packaged-agent");
  const file = join(place.path, "agent.yaml");
  const names = { name: agentDevice, identity: deviceOf(agentDevice), dataDir: "data" };
  writeFileSync(file, stringify({ version: 1, ...names, broker: { url: brokerUrl }, drivers }));
  mkdirSync(join(place.path, "data"));
  const states = new Map<string, string>();
  const failures = new Map<string, string>();
  const samples = new Map<string, number>();
  let readings = 0;
  const client = await connectAsync(brokerUrl);
  client.on("message", (topic, payload) => {
    const [kind = "", device = ""] = topic.split("/").reverse();
    const message = JSON.parse(payload.toString());
    if (kind === "telemetry") {
      samples.set(device, (samples.get(device) ?? 0) + message.samples.length);
      for (const { values } of message.samples as { values: object }[])
        if (device !== agentDevice) readings += Object.keys(values).length;
    }
    if (kind !== "status") return;
    states.set(device, message.state);
    if (/^driver failing: /.test(message.reason) && !failures.has(device))
      failures.set(device, message.reason);
  });
  await client.subscribeAsync("kenh/v1/#", { qos: 1 });
  const [program = "", ...args] = [...command, "run", "--config", file];
  const startedAt = performance.now();
  const agent = start(program, args, { env });
  const { child } = agent;
  try {
    await work({
      heard: { states, failures, samples, readings: () => readings },
      process: agent,
      startedAt,
      until: async (condition, what) => {
        await until(
          () => {
            if (child.exitCode !== null) throw new Error(`the agent ended: ${agent.output()}`);
            return condition();
          },
          what,
          60_000,
        );
      },
    });
    await agent.stop();
    await until(() => states.get(agentDevice) === "offline", "its farewell");
    return child.exitCode;
  } finally {
    await agent.stop("SIGKILL");
    await client.endAsync();
  }
}
