import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Store } from "./stores/store.ts";

/** Old points leave within an hour of their time. */
const everyMs = 3_600_000;

/** Deletes what is older than the retention, now and every hour, until the signal aborts. 0 keeps for ever. */
export async function keepRetention(
  store: Store,
  retentionMs: number,
  now: Clock,
  log: Pick<Logger, "warn">,
  signal: AbortSignal,
): Promise<void> {
  while (retentionMs > 0 && !signal.aborted) {
    try {
      await store.forget(now() - retentionMs);
    } catch (error) {
      log.warn(
        { err: error },
        "old readings could not be deleted; they are tried again in an hour",
      );
    }
    await pause(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
