/** A message as it came in at one of the doors of the ingest. */
export interface Arrival {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Told how many readings it has, before they are on disk; where somebody counts them. */
  readonly counted?: ((readings: number) => void) | undefined;
}

/**
 * Resolves when every reading of the message is on disk, for the store or in quarantine: only then
 * may the PUBACK go out. Rejects when that can't be had (the client is then disconnected without a
 * PUBACK and sends again). A bad payload is no reason to reject: it is set aside and accepted.
 * Rejects with `NoRoom` when as much of its device waits as may wait.
 */
export type Accept = (arrival: Arrival) => Promise<void>;

/**
 * A device that nobody has registered has sent as much as is kept of such a one: its message is neither
 * received nor acknowledged, and others have their place.
 */
export class NoRoom extends Error {
  override readonly name = "NoRoom";
}
