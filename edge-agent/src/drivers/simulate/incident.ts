import type { Incident, IncidentKind } from "./config.ts";

/** An incident that is going on, and since when. */
export type Ongoing<Kind extends IncidentKind> = Extract<Incident, { kind: Kind }> & {
  readonly elapsedMs: number;
};

/** The incident of a kind that is going on `sinceStartMs` after the start; the last one named wins. */
export function ongoing<Kind extends IncidentKind>(
  incidents: readonly Incident[],
  kind: Kind,
  sinceStartMs: number,
): Ongoing<Kind> | undefined {
  const found = incidents.findLast(
    (incident): incident is Extract<Incident, { kind: Kind }> =>
      incident.kind === kind &&
      sinceStartMs >= incident.afterMs &&
      sinceStartMs < incident.afterMs + incident.durationMs,
  );
  return found && { ...found, elapsedMs: sinceStartMs - found.afterMs };
}
