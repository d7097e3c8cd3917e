import type { Identity } from "./identity.ts";

/** Why a reading was set aside. */
export const quarantineReasons = [
  "invalid-json",
  "invalid-envelope",
  "too-large",
  "unknown-device",
  "unknown-quantity",
  "type-mismatch",
  "clock-ahead",
  "too-old",
  "decode-failed",
  "store-rejected",
] as const;
export type QuarantineReason = (typeof quarantineReasons)[number];

/** An entry of `GET /api/v1/quarantine`: what one message held that could not be stored, by reason. */
export interface QuarantineItem {
  readonly id: number;
  readonly reason: QuarantineReason;
  /** Names the quantity, the value and the way out. */
  readonly detail: string;
  /** Null when the topic names no device. */
  readonly device: Identity | null;
  readonly topic: string;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
  /** The payload as it came; base64 where `encoding` says so. */
  readonly payload: string;
  readonly encoding: "utf8" | "base64";
  /** How many readings it counts for in the ledger. */
  readonly readings: number;
}
