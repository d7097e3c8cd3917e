import type { LedgerCounts } from "@kenh/schemas";
import type { Standing } from "./assess.ts";
import type { Tally } from "./book.ts";

/** đúng, đủ, sạch, sống: each from 0 to 1 to four places, null where there is nothing to judge. */
export interface Axes {
  readonly correct: number | null;
  readonly complete: number | null;
  readonly clean: number | null;
  readonly live: number | null;
}
export const axisNames = ["correct", "complete", "clean", "live"] as const;
export type AxisName = (typeof axisNames)[number];

/**
 * - correct (đúng): readings − suspect or failed, over readings;
 * - complete (đủ): deliveries that came by now, over deliveries due;
 * - clean (sạch): received − quarantined − duplicate, over received, in the ledger;
 * - live (sống): deliveries on time, over deliveries due; where there are no periods readings − late, over readings.
 *
 * A delivery is one device in one period. They are rounded down: only what is whole is 1.
 */
export function axesOf(
  { deliveries: { due, onTime, late } }: Pick<Standing, "deliveries">,
  tally: Pick<Tally, "readings" | "wrong" | "late">,
  { received, quarantined, duplicate }: LedgerCounts,
  hasPeriods: boolean,
): Axes {
  const { readings, wrong } = tally;
  return {
    correct: share(readings - wrong, readings),
    complete: share(onTime + late, due),
    clean: share(received - quarantined - duplicate, received),
    live: hasPeriods ? share(onTime, due) : share(readings - tally.late, readings),
  };
}

function share(part: number, whole: number): number | null {
  if (whole <= 0) return null;
  return Math.floor((Math.max(0, part) * 10_000) / whole) / 10_000;
}
