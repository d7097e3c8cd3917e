import { setImmediate as breathe } from "node:timers/promises";
import type { SeriesPoint, Store } from "../../stores/store.ts";
import { isTrue } from "./evaluate.ts";
import type { Expression } from "./expression.ts";
import { RequestFault } from "./fault.ts";
import type { Source } from "./graph.ts";
import type { Entity } from "./model.ts";
import { spanOf } from "./span.ts";

/** Which Observations of one Datastream, in which order of time. */
export interface Wanted {
  readonly filter: Expression | undefined;
  readonly down: boolean;
  /** Only what lies behind this in the order: milliseconds since 1970 UTC. */
  readonly after: number | undefined;
  readonly now: number;
}

/** The first step through the store, and how short or long steps become where there is much or little. */
const windowMs = { first: 86_400_000, least: 3_600_000, most: 64 * 86_400_000 } as const;
/** Readings of a step with which the next one is longer, or shorter. */
const windowReadings = { few: 2000, many: 20_000 } as const;
/** Readings that one request may make the store look at: a year at one a minute, and half as many again. */
const mostReadings = 800_000;
/** A look at the store costs about as much as so many readings more. */
const lookReadings = 50;

/** What one request may still cost the store. */
export class Allowance {
  readonly #most: number;
  #left: number;

  constructor(most = mostReadings) {
    this.#most = most;
    this.#left = most;
  }

  /** @throws RequestFault when a request looks at more than is good for the others */
  take(readings: number): void {
    this.#left -= readings + lookReadings;
    if (this.#left < 0)
      throw new RequestFault(
        400,
        `this would look at more than ${this.#most} readings: narrow it down by phenomenonTime`,
      );
  }
}

/**
 * The Observations of a Datastream in order of time, as far as they are taken: the store is read in
 * windows, each as soon as it is needed. A reading that is missing (flag 9) is no Observation.
 */
export async function* observationsOf(
  source: Source,
  wanted: Wanted,
  { store, allowance }: { store: Pick<Store, "query">; allowance: Allowance },
): AsyncGenerator<Entity> {
  const { filter, down, after, now } = wanted;
  const span = spanOf(filter);
  const from = Math.max(
    span.from,
    source.since,
    !down && after !== undefined ? after + 1 : -Infinity,
  );
  const to = Math.min(span.to, now, down && after !== undefined ? after - 1 : Infinity);
  const { name, type } = source.quantity;
  let length: number = windowMs.first;
  let edge = down ? to : from;
  while (down ? edge >= from : edge <= to) {
    const window = down
      ? { from: Math.max(from, edge - length), to: edge }
      : { from: edge, to: Math.min(to, edge + length) };
    const found = await store.query({ series: source.series, fields: [{ name, type }], ...window });
    const points = found.get(name) ?? [];
    allowance.take(points.length);
    // The embedded store answers without waiting for anything: accepting goes on in between.
    await breathe();
    for (const point of down ? points.toReversed() : points) {
      if (point[1] === null) continue;
      const one = observationOf(source, point);
      if (!filter || isTrue(filter, one, now)) yield one;
    }
    edge = down ? window.from - 1 : window.to + 1;
    if (points.length < windowReadings.few) length = Math.min(length * 2, windowMs.most);
    if (points.length > windowReadings.many) length = Math.max(length / 4, windowMs.least);
  }
}

/** One reading as an Observation. Its quality is QARTOD's flag. */
function observationOf({ datastream, feature }: Source, [ts, value, flag]: SeriesPoint): Entity {
  const time = new Date(ts).toISOString();
  return {
    collection: "Observations",
    id: `${datastream.id}:${ts}`,
    properties: { phenomenonTime: time, resultTime: time, result: value, resultQuality: flag },
    one: { Datastream: datastream, FeatureOfInterest: feature },
    many: {},
  };
}

/** The Observation of an id. */
export async function observationById(
  id: string,
  sources: ReadonlyMap<string, Source>,
  store: Pick<Store, "query">,
): Promise<Entity | undefined> {
  const [, stream = "", text = ""] = /^(.*):(-?\d{1,15})$/.exec(id) ?? [];
  const source = sources.get(stream);
  const ts = Number(text);
  if (!source || ts < source.since) return undefined;
  const { name, type } = source.quantity;
  const query = { series: source.series, fields: [{ name, type }], from: ts, to: ts };
  const [point] = (await store.query(query)).get(name) ?? [];
  return point && point[1] !== null ? observationOf(source, point) : undefined;
}
