import type { DatabaseSync } from "node:sqlite";
import { transaction } from "@kenh/schemas/node";
import { type Place, rolledSuffix, type Series, type Store } from "./store.ts";

/** Rows that are deleted, or statements that are made, in one go. */
const chunkRows = 5_000;
/** Tracks of which one statement deletes a quarter of an hour: at a reading a second, 45,000 rows. */
const chunkTracks = 50;

/** How points lie in the file, and how others have their turn. */
export interface Layout {
  spanOf(ts: number): number;
  /** The first span, from this one on, of which anything is stored. */
  spanFrom(span: number): number | undefined;
  /** @throws Error when the file was closed meanwhile */
  pause(): Promise<void>;
}

interface NamedTrack {
  readonly id: number;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string | undefined>>;
}

/** What the embedded store does for retention: it tells of whom it has something, and forgets what is too old. */
export function createForgetting(
  db: DatabaseSync,
  { spanOf, spanFrom, pause }: Layout,
): Pick<Store, "places" | "forget"> {
  /** Every quantity of every series, or of those of a measurement. */
  async function* allTracks(measurement?: string): AsyncGenerator<NamedTrack> {
    const condition = measurement === undefined ? "" : "AND measurement = ?2";
    const some = db.prepare(
      `SELECT id, measurement, tags FROM track WHERE id > ?1 ${condition} ORDER BY id LIMIT ${chunkRows}`,
    );
    for (let last = 0; ; await pause()) {
      const rows = measurement === undefined ? some.all(last) : some.all(last, measurement);
      for (const { id, measurement: name, tags } of rows) {
        last = Number(id);
        const byKey = Object.fromEntries(JSON.parse(String(tags)) as Series["tags"]);
        yield { id: last, measurement: String(name), tags: byKey };
      }
      if (rows.length < chunkRows) return;
    }
  }

  /** Deletes what tracks have of before an instant, a little with each step; gives how much. */
  function* deletePoints(ids: readonly number[], before: number, from: number): Generator<number> {
    const remove = db.prepare(
      "DELETE FROM point WHERE span = ? AND track IN (SELECT value FROM json_each(?)) AND ts < ?",
    );
    const groups = Array.from({ length: Math.ceil(ids.length / chunkTracks) }, (_, at) =>
      JSON.stringify(ids.slice(at * chunkTracks, (at + 1) * chunkTracks)),
    );
    const last = spanOf(before);
    for (let span = spanFrom(spanOf(from)); span !== undefined && span <= last; ) {
      for (const group of groups) yield Number(remove.run(span, group, before).changes);
      span = spanFrom(span + 1);
    }
  }

  function* deleteRolled(ids: readonly number[], before: number): Generator<number> {
    const edge = db.prepare(
      `SELECT ts FROM rolled WHERE track = ? AND ts < ? ORDER BY ts LIMIT 1 OFFSET ${chunkRows}`,
    );
    const remove = db.prepare("DELETE FROM rolled WHERE track = ? AND ts < ?");
    for (const id of ids) {
      for (let end: number | undefined; end !== before; ) {
        end = (edge.get(id, before)?.ts as number | undefined) ?? before;
        yield Number(remove.run(id, end).changes);
      }
    }
  }

  /** Goes on with deletions until they are done, so many in one commit that a write waits no longer than for a batch. */
  async function inSlices(deletions: Generator<number>): Promise<void> {
    for (let more = true; more; ) {
      transaction(db, () => {
        for (let rows = 0, steps = 0; more && rows < chunkRows && steps < chunkRows; steps++) {
          const { done, value } = deletions.next();
          more = !done;
          rows += done ? 0 : value;
        }
      });
      if (more) await pause();
    }
  }

  return {
    async places() {
      const places = new Map<string, Place>();
      for await (const { measurement, tags } of allTracks()) {
        const { province, unit } = tags;
        if (province === undefined || unit === undefined) continue;
        places.set(`${measurement} ${province}/${unit}`, { measurement, province, unit });
      }
      return [...places.values()];
    },
    async forget(place, before, from = -Number.MAX_SAFE_INTEGER) {
      const ids: number[] = [];
      for await (const { id, tags } of allTracks(place.measurement)) {
        if (tags.province === place.province && tags.unit === place.unit) ids.push(id);
      }
      await inSlices(
        rolledSuffix.test(place.measurement)
          ? deleteRolled(ids, before)
          : deletePoints(ids, before, from),
      );
    },
  };
}
