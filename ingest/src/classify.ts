import type { Flag, Value } from "@kenh/schemas";
import type { Tally } from "./ledger.ts";
import type { Field, Point, Series, SeriesPoint, SeriesQuery } from "./stores/store.ts";

/** A message on its way to the store. */
export interface Message {
  readonly samples: readonly Point[];
  /** Whether a reading may have come before. */
  readonly late: boolean;
  /** Who brought it, where the envelope says so. */
  readonly agent?: string | null;
  /** Readings of it that were in the store when a delivery of it began that was cut short. */
  readonly before?: number | undefined;
}

/** A reading that the store holds with another value or flag. */
export interface Conflict {
  readonly point: Point;
  readonly field: Field;
  readonly kept: readonly [value: Value | null, flag: Flag];
}

/** What of a message is new, what came before, and what contradicts that. */
export interface Classified {
  readonly points: readonly Point[];
  readonly duplicate: number;
  readonly conflicts: readonly Conflict[];
}

export const emptyTally = (): Tally => ({ stored: 0, duplicate: 0, quarantined: 0 });

/** Instants further apart than this are asked for apart, so that an answer stays small. */
const queryGapMs = 6 * 3_600_000;

/** What must be asked of the store before `classify`: the series and instants of late messages. Pure. */
export function lookups(messages: readonly Message[]): SeriesQuery[] {
  const wanted = new Map<Series, { fields: Map<string, Field>; instants: Set<number> }>();
  for (const { samples, late } of messages) {
    if (!late) continue;
    for (const { series, ts, fields } of samples) {
      const want = wanted.get(series) ?? { fields: new Map(), instants: new Set() };
      wanted.set(series, want);
      want.instants.add(ts);
      for (const field of fields) want.fields.set(field.name, field);
    }
  }
  const queries: SeriesQuery[] = [];
  for (const [series, { fields, instants }] of wanted) {
    const sorted = [...instants].sort((a, b) => a - b);
    let from = 0;
    for (let i = 1; i <= sorted.length; i++) {
      if (i < sorted.length && (sorted[i] as number) - (sorted[i - 1] as number) <= queryGapMs)
        continue;
      queries.push({
        series,
        fields: [...fields.values()].map(({ name, type }) => ({ name, type })),
        from: sorted[from] as number,
        to: sorted[i - 1] as number,
      });
      from = i;
    }
  }
  return queries;
}

type Known = Map<Series, Map<string, Map<number, readonly [Value | null, Flag]>>>;

/**
 * Sorts the readings of late messages into new, duplicate and contradicting, in the order in which
 * they came: the first value of an instant stands, and none is ever rewritten. Pure.
 * @param answers the store's points for each of `lookups(messages)`
 */
export function classify(
  messages: readonly Message[],
  answers: readonly { series: Series; found: ReadonlyMap<string, readonly SeriesPoint[]> }[],
): Classified[] {
  const known: Known = new Map();
  for (const { series, found } of answers) {
    const ofSeries = known.get(series) ?? new Map();
    known.set(series, ofSeries);
    for (const [name, points] of found) {
      const instants = ofSeries.get(name) ?? new Map();
      ofSeries.set(name, instants);
      for (const [ts, value, flag] of points) instants.set(ts, [value, flag]);
    }
  }
  return messages.map((message) => classifyOne(message, known));
}

const noConflicts: readonly Conflict[] = [];

function classifyOne({ samples, late }: Message, known: Known): Classified {
  if (!late) {
    // It can't have come before: where the store has it, an earlier try of this load has put it there.
    if (known.size > 0) for (const point of samples) remember(point, known);
    return { points: samples, duplicate: 0, conflicts: noConflicts };
  }
  const points: Point[] = [];
  const conflicts: Conflict[] = [];
  let duplicate = 0;
  for (const point of samples) {
    const ofSeries = known.get(point.series);
    const fresh: Field[] = [];
    for (const field of point.fields) {
      const instants = ofSeries?.get(field.name);
      const kept = instants?.get(point.ts);
      if (!kept) {
        fresh.push(field);
        if (instants) instants.set(point.ts, [field.value, field.flag]);
        else ofSeries?.set(field.name, new Map([[point.ts, [field.value, field.flag]]]));
      } else if (kept[0] === field.value && kept[1] === field.flag) duplicate++;
      else conflicts.push({ point, field, kept });
    }
    if (fresh.length === point.fields.length) points.push(point);
    else if (fresh.length > 0) points.push({ ...point, fields: fresh });
  }
  return { points, duplicate, conflicts };
}

/** Late messages behind it in the load are compared with it. */
function remember({ series, ts, fields }: Point, known: Known): void {
  const ofSeries = known.get(series);
  if (!ofSeries) return;
  for (const { name, value, flag } of fields) {
    const instants = ofSeries.get(name);
    if (instants) instants.set(ts, [value, flag]);
    else ofSeries.set(name, new Map([[ts, [value, flag]]]));
  }
}
