import { type Flag, flags, type Identity, type Value } from "@kenh/schemas";
import type { DriverSample } from "../driver.ts";

/** One value to be sent. */
export interface Reading {
  readonly quantity: string;
  readonly device: Identity | undefined;
  /** Null with flag 9. */
  readonly value: Value | null;
  readonly flag: Flag;
}

/** The readings of one instant as samples, one for each device; flag 2 goes without saying. */
export function samplesOf(readings: readonly Reading[], ts: number): DriverSample[] {
  return [...Map.groupBy(readings, ({ device }) => device)].map(([device, own]) => {
    const flagged = own.filter(({ flag }) => flag !== flags.notEvaluated);
    return {
      ts,
      values: Object.fromEntries(
        own.flatMap(({ quantity, value }) => (value === null ? [] : [[quantity, value]])),
      ),
      ...(flagged.length > 0 && {
        qc: Object.fromEntries(flagged.map(({ quantity, flag }) => [quantity, flag])),
      }),
      ...(device && { device }),
    };
  });
}
