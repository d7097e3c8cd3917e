import type { Identity } from "@kenh/schemas";

/**
 * Something for each outbox: a device and an epoch. No key is put together for each message, and nothing but itself is
 * made for the first outbox of a device, which nearly always is the only one.
 */
export class ByOutbox<T> {
  readonly #first = new Map<Identity | null, { readonly epoch: string | null; readonly kept: T }>();
  readonly #others = new Map<Identity | null, Map<string | null, T>>();

  /** What is kept for this outbox; made when there is nothing. */
  get(device: Identity | null, epoch: string | null, make: () => T): T {
    const first = this.#first.get(device);
    if (first?.epoch === epoch) return first.kept;
    if (!first) {
      const kept = make();
      this.#first.set(device, { epoch, kept });
      return kept;
    }
    let epochs = this.#others.get(device);
    if (!epochs) {
      epochs = new Map();
      this.#others.set(device, epochs);
    }
    const known = epochs.get(epoch);
    if (known !== undefined) return known;
    const made = make();
    epochs.set(epoch, made);
    return made;
  }

  *values(): Generator<T> {
    for (const { kept } of this.#first.values()) yield kept;
    for (const epochs of this.#others.values()) yield* epochs.values();
  }
}
