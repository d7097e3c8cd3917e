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
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  if (signal.aborted) end();
  signal.addEventListener("abort", () => end(), { once: true });
  // A child whose parent died, perhaps before it came this far, has nobody left to stop it.
  if (process.connected) process.once("disconnect", end);
  else if (process.send) end();
  try {
    await agent.start();
    await ended;
  } finally {
    // As long as somebody listens, the channel to the parent keeps the process alive.
    process.off("disconnect", end);
    await agent.stop();
  }
}
