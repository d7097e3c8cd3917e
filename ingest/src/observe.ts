import { setInterval } from "node:timers/promises";
import type { Identity, Value } from "@kenh/schemas";
import type { Alarms } from "./alarms/alarms.ts";
import type { Presence } from "./presence.ts";
import type { Registry } from "./registry.ts";
import type { Point } from "./stores/store.ts";

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
  onward: Presence["note"] = () => {},
): Presence["note"] {
  return (identity: Identity, payload) => {
    presence.note(identity, payload);
    onward(identity, payload);
    const state = presence.of(identity)?.state;
    if (state === undefined || !registry.find(identity)) return;
    alarms.observe(identity, { online: state === "online" });
  };
}

/** What its rules wait for is half a minute and more. */
const lookEveryMs = 5000;

/**
 * Tells the alarms every few seconds how the station itself is, until the signal aborts.
 * @param measure quantities of the class platform
 */
export async function observeStation(
  alarms: Hearing,
  station: Identity,
  measure: () => Readonly<Record<string, number>>,
  signal: AbortSignal,
  everyMs = lookEveryMs,
): Promise<void> {
  try {
    for await (const _ of setInterval(everyMs, undefined, { signal })) {
      alarms.observe(station, measure());
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** How long the oldest reading that is not in the store has waited for it; `oldestAt` is when it came. */
export function lagOf(oldestAt: number | undefined, at: number): number {
  return Math.max(0, at - (oldestAt ?? at)) / 1000;
}

/** What a derived point says, as alarms take it. */
export function valuesOf(fields: Point["fields"]): Record<string, Value> {
  return Object.fromEntries(
    fields.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])),
  );
}
