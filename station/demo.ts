import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { proposalsOf, type Registry, readData, station } from "@kenh/ingest";
import { registryFileSchema } from "@kenh/schemas";
import type { Access } from "@kenh/schemas/node";
import type { Logger } from "pino";
import { stringify } from "yaml";
import * as z from "zod";

const program = fileURLToPath(new URL("../kenh.ts", import.meta.url));
/** After this an agent that does not stop is stopped. */
const stopMs = 5000;

interface DemoParts {
  readonly dataDir: string;
  /** Folder of the example: `ward.yaml` and `agent.yaml`. */
  readonly ward: string;
  readonly mqtt: string;
  readonly access: Access;
  readonly registry: Registry;
  readonly log: Logger;
}

/**
 * Registers the example's devices where they are not, and runs its edge agent, a process of its own
 * as it would be in the field. The agent ends with its parent, however that ends.
 */
export async function startDemo(parts: DemoParts): Promise<{ stop(): Promise<void> }> {
  const { dataDir, access, registry, log } = parts;
  const ward = readData(join(parts.ward, "ward.yaml"), registryFileSchema);
  const agent = readData(join(parts.ward, "agent.yaml"), z.looseObject({ identity: z.string() }));
  const missing = proposalsOf(ward).filter(({ kind, key }) => !registry.record(kind, key));
  registry.change(missing, { actor: station, how: "example" });
  const passwordFile = join(dataDir, "demo-agent.password");
  if (!access.account(agent.identity) || !existsSync(passwordFile)) {
    const identities = ward.devices.map(({ identity }) => identity);
    writeFileSync(passwordFile, await access.addAccount(agent.identity, identities), {
      mode: 0o600,
    });
  }
  const config = join(dataDir, "demo-agent.yaml");
  const own = {
    ...agent,
    broker: { url: parts.mqtt, username: agent.identity, passwordFile: "demo-agent.password" },
    dataDir: "demo-agent",
  };
  writeFileSync(config, stringify(own));
  const child = spawn(process.execPath, [program, "agent", "run", "--config", config], {
    stdio: ["ignore", 2, 2, "ipc"],
    // Ctrl+C in a terminal is for the station, which stops its agent in its own time.
    detached: true,
  });
  child.once("exit", (code, signal) =>
    log.info({ code, signal }, "the simulated ward has stopped"),
  );
  return { stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await exited;
  clearTimeout(timer);
}
