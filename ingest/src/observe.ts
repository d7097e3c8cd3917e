import { setInterval } from "node:timers/promises";
import type { Clock, Identity } from "@kenh/schemas";
import type { Alarms } from "./alarms/alarms.ts";
import type { Presence } from "./presence.ts";
import type { Registry } from "./registry.ts";

/** Who hears what is no telemetry. */
type Hearing = Pick<Alarms, "observe">;

/**
 * Takes payloads of status topics: notes them and tells the alarms, as `online`, whether a registered
 * device came or went. By the station's clock: a last will was written when the connection began.
 */
export function observePresence(
  presence: Presence,
  registry: Pick<Registry, "find">,
  alarms: Hearing,
): Presence["note"] {
  return (identity: Identity, payload) => {
    presence.note(identity, payload);
    const state = presence.of(identity)?.state;
    if (state === undefined || !registry.find(identity)) return;
    alarms.observe(identity, { online: state === "online" });
  };
}

/** What its rule calls late is half a minute. */
const lagEveryMs = 5000;

/**
 * Tells the alarms of the station itself every few seconds, as `platform_lag_s`, how long the oldest reading that is not in the store
 * has waited for it, until the signal aborts.
 * @param oldestWaitingAt when it came; undefined when none waits
 */
export async function observeLag(
  alarms: Hearing,
  station: Identity,
  oldestWaitingAt: () => number | undefined,
  now: Clock,
  signal: AbortSignal,
  everyMs = lagEveryMs,
): Promise<void> {
  try {
    for await (const _ of setInterval(everyMs, undefined, { signal })) {
      const at = now();
      const lagMs = Math.max(0, at - (oldestWaitingAt() ?? at));
      alarms.observe(station, { platform_lag_s: lagMs / 1000 });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
