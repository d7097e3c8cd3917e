import type { Sample, Value } from "@kenh/schemas";
import type { ClockTrust } from "./clock-trust.ts";
import type { Log } from "./log.ts";
import type { OutboxCounts } from "./outbox.ts";
import { sleep } from "./sleep.ts";

/**
 * What the agent measures of itself, as telemetry of its own identity. The doubt about its clock does
 * not touch it: a reading that says how wrong the clock is must not be passed over for that reason.
 * What nobody can tell is left out.
 */
export function healthSample(
  ts: number,
  clock: Pick<ClockTrust, "state" | "offsetMs">,
  outbox: Pick<OutboxCounts, "messages" | "bytes" | "capacityBytes" | "oldestAt">,
): Sample {
  const { messages, bytes, capacityBytes, oldestAt } = outbox;
  const values: Record<string, Value> = {
    backlog_messages: messages,
    backlog_oldest_s: oldestAt === null ? 0 : Math.max(0, ts - oldestAt) / 1000,
    // Messages on their way are dropped by no bound and may reach beyond it.
    outbox_used_pct: Math.min(100, (100 * bytes) / Math.max(1, capacityBytes)),
  };
  if (clock.state !== "unknown") values.clock_synced = clock.state === "synchronised";
  // The server's time less ours was measured; the quantity is ours less the right one.
  if (clock.offsetMs !== null) values.clock_offset_s = -clock.offsetMs / 1000;
  return { ts, values };
}

interface HealthMeterOptions {
  /** Null measures nothing. */
  readonly everyMs: number | null;
  readonly sample: () => Sample;
  /** May wait; until it has taken one sample, no other is made. */
  readonly accept: (sample: Sample) => Promise<void>;
  readonly log: Log;
}

/** Measures the agent itself: at once, every so often, and when it is told that something changed. */
export interface HealthMeter {
  now(): void;
  /** Until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export function createHealthMeter(options: HealthMeterOptions): HealthMeter {
  const { everyMs, sample, accept, log } = options;
  let changed = new AbortController();
  return {
    now() {
      changed.abort();
    },
    async run(signal) {
      while (everyMs !== null && !signal.aborted) {
        changed = new AbortController();
        try {
          await accept(sample());
        } catch (error) {
          if (signal.aborted) return;
          log.error({ err: error }, "what the agent measures of itself can't be kept");
        }
        await sleep(everyMs, AbortSignal.any([signal, changed.signal]));
      }
    },
  };
}
