import type { Identity, Sample } from "@kenh/schemas";
import { watchClock } from "./clock.ts";
import { createClockTrust, doubtClock } from "./clock-trust.ts";
import type { AgentConfig } from "./config.ts";
import { defaults } from "./defaults.ts";
import { loadKind } from "./kinds.ts";
import type { Log } from "./log.ts";
import { pipeOf } from "./pipe.ts";
import { type DriverHealth, supervise } from "./supervise.ts";

/** A sample as it would go into the outbox. */
export type WatchedSample = Sample & { readonly device: Identity; readonly urgent?: true };

/**
 * Runs the drivers of a configuration, with all that their samples pass, until the signal aborts or
 * every source has come to its end. Keeps nothing and publishes nothing.
 * @returns how each driver did.
 */
export async function watchAgent(
  config: AgentConfig,
  { onSample, log }: { onSample: (sample: WatchedSample) => void; log: Log },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DriverHealth>> {
  const monotonic = (): number => performance.now();
  const trust = createClockTrust(config.clock.toleranceMs);
  const observers = config.clock.doubt === "flag" ? [doubtClock(trust, Date.now, monotonic)] : [];
  const states = new Map<string, DriverHealth>();
  const over = new AbortController();
  const watched = watchClock(
    { config: config.clock, trust, now: Date.now, monotonic, log, onChange() {} },
    AbortSignal.any([signal, over.signal]),
  );
  const drivers = config.drivers.map(
    async ({ name, device, kind, config: of, ...entry }, index) => {
      const label = name ?? `${device} (${kind}, ${index + 1})`;
      const driver = (await loadKind(kind)).prepare(of);
      await supervise(
        {
          name: label,
          device,
          driver,
          pipe: (report) => pipeOf({ device, ...entry }, observers, report),
          outbox: {
            async accept(of, sample, { urgent } = {}) {
              onSample({ device: of, ...sample, ...(urgent && { urgent }) });
            },
          },
          backoff: defaults.supervise,
          now: Date.now,
          random: Math.random,
          log,
          // That it was stopped says nothing of how it did; what it counted up to then does.
          onHealth: (health) => {
            const { state } = health.state === "stopped" ? (states.get(label) ?? health) : health;
            states.set(label, { ...health, state });
          },
        },
        signal,
      );
    },
  );
  await Promise.all(drivers);
  over.abort();
  await watched;
  return states;
}
