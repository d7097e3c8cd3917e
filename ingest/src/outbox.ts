import type { Identity } from "@kenh/schemas";

/** Something for each outbox: a device and an epoch. Two maps deep, so that no key is put together for each message. */
export class ByOutbox<T> {
  readonly #devices = new Map<Identity | null, Map<string | null, T>>();

  /** What is kept for this outbox; made when there is nothing. */
  get(device: Identity | null, epoch: string | null, make: () => T): T {
    let epochs = this.#devices.get(device);
    if (!epochs) {
      epochs = new Map();
      this.#devices.set(device, epochs);
    }
    const known = epochs.get(epoch);
    if (known !== undefined) return known;
    const made = make();
    epochs.set(epoch, made);
    return made;
  }

  *values(): Generator<T> {
    for (const epochs of this.#devices.values()) yield* epochs.values();
  }
}
