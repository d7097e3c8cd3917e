import { setTimeout as pause } from "node:timers/promises";
import { type Persistence, persistent, type Refused, writeAll } from "../persist.ts";
import type { RegisteredDevice } from "../registry.ts";
import { rolledUp } from "../rollup/shape.ts";
import type { Point, Store } from "../stores/store.ts";
import type { Backfill, Book } from "./book.ts";
import { type Filter, supported } from "./filter.ts";
import { compare, fieldsOf, inOrder, pointsOf, windowsOf } from "./history.ts";

/** A destination at work. */
export interface Target {
  readonly name: string;
  readonly store: Store;
  readonly wants: Filter;
}

/** Gives a destination the loads behind its place, as far as there are any. */
export async function feed(target: Target, book: Book, persistence: Persistence): Promise<void> {
  const { name, store, wants } = target;
  const row = book.destinations().find(({ config }) => config.name === name);
  if (!row) return;
  for (let at = book.after(row.position); at; at = book.after(at.id)) {
    const wanted = at.points.filter(({ series }) => wants(series));
    const { points, left } = supported(wanted, store.limits);
    const refused = await writeAll(persistent(store, persistence), points);
    const why = refused.why ?? (left > 0 ? "its store holds no texts" : undefined);
    book.advance(name, at.id, { points: refused.points + left, why });
  }
}

/** What a backfill reads. */
export interface Sources {
  /** The store that has the history. */
  readonly main: () => Pick<Store, "query" | "limits">;
  readonly devices: () => readonly RegisteredDevice[];
}

/**
 * Gives a destination a span of history at a bounded rate, device by device, each with its roll-ups: after a
 * stop it goes on where it was.
 */
export async function fill(
  target: Target,
  task: Backfill,
  book: Book,
  { main, devices }: Sources,
  persistence: Persistence,
): Promise<void> {
  const { name, store, wants } = target;
  for (const device of inOrder(devices())) {
    if (compare(device.identity, task.cursor) <= 0 || !wants(device.series)) continue;
    const fields = fieldsOf(device, main(), store);
    let written = 0;
    for (const one of [{ series: device.series, fields }, ...rolledUp(device.series, fields)]) {
      for (const window of windowsOf(task)) {
        const { points } = supported(await pointsOf(main(), one, window), store.limits);
        const refused = await give(points, store, task, persistence);
        if (refused.points > 0) book.refuse(name, refused);
        written += points.length - refused.points;
      }
    }
    book.filled(task.id, device.identity, written);
  }
  book.filled(task.id, null, 0);
}

/** Writes a second's worth at a time: the others who write there have their turn. */
async function give(
  points: readonly Point[],
  store: Store,
  { perSecond }: Backfill,
  persistence: Persistence,
): Promise<Refused> {
  const { signal } = persistence;
  const all = { points: 0, why: undefined as string | undefined };
  for (let at = 0; at < points.length; at += perSecond) {
    const piece = points.slice(at, at + perSecond);
    const begun = performance.now();
    const { points: refused, why } = await writeAll(persistent(store, persistence), piece);
    all.points += refused;
    all.why = why ?? all.why;
    const restMs = (piece.length / perSecond) * 1000 - (performance.now() - begun);
    await pause(Math.max(0, restMs), undefined, { signal, ref: false });
  }
  return all;
}
