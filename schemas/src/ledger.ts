import type { Identity } from "./identity.ts";

/** Counted in readings: one value of one quantity at one instant. `received = stored + duplicate + quarantined + pending`. */
export interface LedgerCounts {
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly quarantined: number;
  readonly pending: number;
}

/** The counts of one outbox of one device, and the message numbers that never came. */
export interface LedgerEpoch extends LedgerCounts {
  /** Null for a payload whose topic names no registered device. */
  readonly device: Identity | null;
  /** Null for the plain forms, which carry no sequence. */
  readonly epoch: string | null;
  /** Closed ranges of `seq`. */
  readonly missing: readonly (readonly [first: number, last: number])[];
  /** The greatest `seq` that has come; null where nothing had one. */
  readonly last: number | null;
}

/** The answer of `GET /api/v1/ledger`. */
export interface LedgerReport {
  readonly total: LedgerCounts;
  readonly epochs: readonly LedgerEpoch[];
}
