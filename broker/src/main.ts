import type { Access } from "@kenh/schemas/node";
import type { Logger } from "pino";
import { Registry } from "prom-client";
import { createBroker } from "./broker.ts";
import type { Config } from "./config.ts";
import { serveMetrics } from "./health.ts";

export interface BrokerProcess {
  readonly config: Config;
  readonly access: Access;
  readonly log: Logger;
}

/**
 * Runs the broker alone until the signal aborts; prints one line of JSON with its addresses once it
 * takes connections. Telemetry is acknowledged when it is handed on to whoever subscribes at that
 * moment: here a PUBACK does not mean that a reading is on disk (see the README).
 * @throws Error naming the listener that can't be opened.
 */
export async function runBroker(
  { config, access, log }: BrokerProcess,
  signal: AbortSignal,
): Promise<void> {
  const metrics = new Registry();
  const accept = () => Promise.resolve();
  const broker = createBroker({ config, access, accept, metrics, log, now: Date.now });
  const addresses = await broker.start();
  try {
    await using _health = await serveMetrics(config.metricsPort, metrics);
    process.stdout.write(`${JSON.stringify({ ready: true, ...addresses })}\n`);
    log.info(addresses, "the broker takes connections");
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }
  } finally {
    await broker.stop();
  }
}
