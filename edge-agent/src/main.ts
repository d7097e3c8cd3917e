import { pino } from "pino";
import { createAgent } from "./agent.ts";
import { loadAgentConfig } from "./config.ts";
import type { Log } from "./log.ts";

export interface RunAgentOptions {
  /** Path of the configuration file. */
  readonly config: string;
  /** JSON lines on standard error when absent. */
  readonly log?: Log;
}

/**
 * Runs an agent until the signal aborts or, started as a child, its parent is gone.
 * @throws ConfigError when the configuration can't be used.
 */
export async function runAgent(options: RunAgentOptions, signal: AbortSignal): Promise<void> {
  const log = options.log ?? pino({ name: "agent" }, pino.destination(2));
  const agent = createAgent(await loadAgentConfig(options.config), { log });
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    // A child whose parent died has nobody left to stop it.
    if (process.connected) process.once("disconnect", () => resolve());
  });
  try {
    await agent.start();
    await ended;
  } finally {
    await agent.stop();
  }
}
