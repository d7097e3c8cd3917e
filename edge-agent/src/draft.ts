import type { Identity, Sample } from "@kenh/schemas";
import type { MessageKey } from "./record.ts";

/** A message that still takes samples, or waits to be written. */
export interface Draft extends MessageKey {
  /** The JSON text of each sample. */
  readonly parts: string[];
  /** Milliseconds since 1970 UTC. */
  readonly begunAt: number;
  /** The outbox's age then, in milliseconds that it has been open. */
  readonly begunAge: number;
  readings: number;
  /** Of the row that it will be. */
  bytes: number;
  /** A row of it stands in the table of drafts. */
  stored: boolean;
  /** That row, if any, lacks samples. */
  dirty: boolean;
}

/** A row beside its samples: keys, counters and the index. */
export const rowBytes = 160;

export function beginDraft(key: MessageKey, begunAt: number, begunAge: number): Draft {
  const { device, epoch, seq, urgent } = key;
  return {
    device,
    epoch,
    seq,
    urgent,
    parts: [],
    begunAt,
    begunAge,
    readings: 0,
    bytes: rowBytes,
    stored: false,
    dirty: true,
  };
}

/** Adds a sample and gives the bytes by which the draft has grown. */
export function addToDraft(draft: Draft, text: string, readings: number): number {
  const bytes = Buffer.byteLength(text) + 1;
  draft.parts.push(text);
  draft.readings += readings;
  draft.bytes += bytes;
  draft.dirty = true;
  return bytes;
}

/** Readings of a sample: its values, and the quantities that are flagged without one. */
export function readingsOf({ values, qc = {} }: Sample): number {
  const flagged = Object.keys(qc).filter((name) => !(name in values));
  return Object.keys(values).length + flagged.length;
}

/** The drafts that are still open, one for each device. */
export type OpenDrafts = Map<Identity, Draft>;
