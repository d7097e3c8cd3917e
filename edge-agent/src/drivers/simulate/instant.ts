import type { Flag, Value } from "@kenh/schemas";

/** The moment that a model is asked about. */
export interface Instant {
  /** Milliseconds since 1970 UTC. */
  readonly ts: number;
  /** Since the driver started. */
  readonly sinceStartMs: number;
  readonly intervalMs: number;
  readonly seed: number;
}

/** A model's answer. `state` differs when something happened that can't wait. */
export interface Observation {
  readonly values: Readonly<Record<string, Value>>;
  readonly qc?: Readonly<Record<string, Flag>>;
  readonly state?: string;
}

/** As many decimals as the instrument shows. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
