import type { RegisteredDevice, Registry } from "./registry.ts";
import type { Receipt } from "./spool.ts";
import type { Point } from "./stores/store.ts";

/** What is good of a message of a registered device. */
interface GoodMessage {
  readonly device: RegisteredDevice;
  readonly samples: readonly Point[];
  /** When it arrived, as its receipt has it: the order of readings follows from that. */
  readonly receivedAt: number;
  /** Its place in the row of the spool. */
  readonly index: number;
  /** Who brought it, where the envelope says so. */
  readonly agent: string | null;
}

/** What reads the stream beside the store: the alarms. Fed in order, from where it stood after a restart. */
export interface Follower {
  /** Takes a row as it stands, before what is good of it is fed. */
  row?(position: number, row: Followed): void;
  feed(position: number, messages: readonly GoodMessage[]): void;
  /**
   * Makes durable what was fed, for about `ms` (all of it when absent); true when there is more.
   * @throws Error when it can't be written
   */
  checkpoint(ms?: number): boolean;
  /** Rows up to this one need not be fed again. */
  readonly durablePosition: number;
}

/** A row of the spool: who sent each message, and what is good of it. */
export interface Followed {
  readonly receipts: readonly Receipt[];
  readonly messages: readonly {
    readonly samples: readonly Point[];
    readonly agent?: string | null;
  }[];
}

/** Feeds rows to the follower, by today's registry; does nothing where there is none. */
export function createFeed(registry: Registry, follower: Follower | undefined) {
  return (id: number, row: Followed): void => {
    if (!follower || id <= follower.durablePosition) return;
    follower.row?.(id, row);
    const { receipts, messages } = row;
    const known: GoodMessage[] = [];
    messages.forEach(({ samples, agent = null }, index) => {
      const receipt = receipts[index];
      if (!receipt?.device || samples.length === 0) return;
      const device = registry.find(receipt.device);
      if (device) known.push({ device, samples, receivedAt: receipt.receivedAt, index, agent });
    });
    follower.feed(id, known);
  };
}
