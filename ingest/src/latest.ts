import type { Flag, Identity, Value } from "@kenh/schemas";
import type { CheckedSample } from "./check.ts";

/** The newest value of a quantity, by the time of measurement and never by arrival. */
export interface LatestValue {
  readonly ts: number;
  readonly value: Value | null;
  readonly flag: Flag;
}

/** What a device said last. */
export interface LatestOfDevice {
  /** When its last message came, milliseconds since 1970 UTC. */
  lastSeenAt: number;
  readonly values: Map<string, LatestValue>;
  dirty: boolean;
}

/** The newest value of every quantity of every device. In memory; `spool.ts` makes it durable. */
export class Latest {
  readonly #devices = new Map<Identity, LatestOfDevice>();

  of(device: Identity): LatestOfDevice | undefined {
    return this.#devices.get(device);
  }

  note(device: Identity, receivedAt: number, samples: readonly CheckedSample[]): void {
    let latest = this.#devices.get(device);
    if (!latest) {
      latest = { lastSeenAt: receivedAt, values: new Map(), dirty: true };
      this.#devices.set(device, latest);
    }
    latest.dirty = true;
    if (receivedAt > latest.lastSeenAt) latest.lastSeenAt = receivedAt;
    for (const { ts, readings } of samples) {
      for (const { quantity, value, flag } of readings) {
        const known = latest.values.get(quantity.name);
        if (!known || ts > known.ts) latest.values.set(quantity.name, { ts, value, flag });
      }
    }
  }

  restore(device: Identity, latest: LatestOfDevice): void {
    this.#devices.set(device, latest);
  }

  entries(): Iterable<[Identity, LatestOfDevice]> {
    return this.#devices.entries();
  }
}
