import { crc32 } from "node:zlib";
import type { Identity } from "@kenh/schemas";

/** What tells a message from every other. */
export interface MessageKey {
  readonly device: Identity;
  /** Identity of the outbox in which it was begun. */
  readonly epoch: string;
  /** Grows by one with each message of the device in the epoch, from 1. */
  readonly seq: number;
  /** Goes before everything that is not. */
  readonly urgent: boolean;
}

/** Checksum of a message with its key: damage of either shows. */
export function recordCrc(key: MessageKey, samples: string): number {
  return crc32(samples, crc32(`${key.epoch}/${key.seq}/${key.urgent ? 1 : 0}/${key.device}`));
}

/** The payload of a telemetry message (version 1 of the envelope). */
export function payloadOf(agent: string, message: MessageKey & { samples: string }): string {
  const { epoch, seq, samples } = message;
  return `{"v":1,"agent":${JSON.stringify(agent)},"epoch":${JSON.stringify(epoch)},"seq":${seq},"samples":${samples}}`;
}
