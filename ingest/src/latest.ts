import type { Flag, Identity, Value } from "@kenh/schemas";
import type { Point } from "./stores/store.ts";

/** The newest value of a quantity, by the time of measurement and never by arrival. It changes in place. */
export interface LatestValue {
  ts: number;
  value: Value | null;
  flag: Flag;
}

/** What a device said last. */
export interface LatestOfDevice {
  /** When its last message came, milliseconds since 1970 UTC. */
  lastSeenAt: number;
  readonly values: Map<string, LatestValue>;
  /** Changed since it was last written to disk. */
  dirty: boolean;
}

/**
 * The newest value of every quantity of every device, in memory; `books.ts` makes it durable. It
 * also tells what is surely new: a reading later than all before it can't have come before. To take
 * note of a message a second time changes nothing.
 */
export class Latest {
  readonly #devices = new Map<Identity, LatestOfDevice>();
  readonly #knownSince: number;

  /** @param knownSince of what was measured before this instant, the store may hold more than is known here */
  constructor(knownSince: number) {
    this.#knownSince = knownSince;
  }

  of(device: Identity): LatestOfDevice | undefined {
    return this.#devices.get(device);
  }

  /** Takes note of a message; true when a reading of it may have come before. */
  note(device: Identity, receivedAt: number, samples: readonly Point[]): boolean {
    let latest = this.#devices.get(device);
    if (!latest) {
      latest = { lastSeenAt: receivedAt, values: new Map(), dirty: true };
      this.#devices.set(device, latest);
    }
    latest.dirty = true;
    if (receivedAt > latest.lastSeenAt) latest.lastSeenAt = receivedAt;
    let late = false;
    for (const { ts, fields } of samples) {
      if (ts <= this.#knownSince) late = true;
      for (const { name, value, flag } of fields) {
        const known = latest.values.get(name);
        if (!known) latest.values.set(name, { ts, value, flag });
        else if (ts > known.ts) {
          known.ts = ts;
          known.value = value;
          known.flag = flag;
        } else late = true;
      }
    }
    return late;
  }

  restore(device: Identity, latest: LatestOfDevice): void {
    this.#devices.set(device, latest);
  }

  entries(): Iterable<[Identity, LatestOfDevice]> {
    return this.#devices.entries();
  }
}
