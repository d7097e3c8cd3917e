import type { LoraEvent } from "./event.ts";

/** Uplinks of one device by which a repetition is known: more than any server sends twice. */
const remembered = 32;

/** What an uplink is to those before it. */
export type Standing =
  | { readonly kind: "new"; readonly missing: number }
  /** The same uplink once more. */
  | { readonly kind: "repeated" };

interface Seen {
  readonly id: string | undefined;
  readonly session: string;
  readonly frame: number;
  readonly payload: string;
  readonly ts: number;
}

/** The frame counters of the configured devices. One device costs a few kilobytes at most. */
export class FrameCounters {
  readonly #devices = new Map<string, { seen: Seen[]; newest: Seen }>();
  readonly #repeatWithinMs: number;

  constructor(repeatWithinMs: number) {
    this.#repeatWithinMs = repeatWithinMs;
  }

  /**
   * Places an uplink among those before it: by the server's identity of it, and else by counter,
   * payload and time, for a node that starts anew begins to count anew.
   * @param ts of the uplink
   */
  place(device: string, event: LoraEvent, ts: number): Standing {
    const { uplinkId: id, session, frame, payload } = event;
    const now: Seen = { id, session, frame, payload, ts };
    const known = this.#devices.get(device);
    if (!known) {
      this.#devices.set(device, { seen: [now], newest: now });
      return { kind: "new", missing: 0 };
    }
    const { seen, newest } = known;
    const repeated = seen.some(
      (earlier) =>
        (id !== undefined && earlier.id === id) ||
        (earlier.session === session &&
          earlier.frame === frame &&
          earlier.payload === payload &&
          Math.abs(earlier.ts - ts) <= this.#repeatWithinMs),
    );
    if (repeated) return { kind: "repeated" };
    seen.push(now);
    if (seen.length > remembered) seen.shift();
    // An uplink that was overtaken by a later one closes no gap and opens none.
    if (ts < newest.ts) return { kind: "new", missing: 0 };
    known.newest = now;
    const counts = session === newest.session && frame > newest.frame;
    return { kind: "new", missing: counts ? frame - newest.frame - 1 : 0 };
  }
}
