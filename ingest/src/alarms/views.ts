import type { Alarm, Clock, Identity } from "@kenh/schemas";
import type { Alarms } from "./alarms.ts";
import type { Book } from "./book.ts";
import { type Floods, groupsOf, unitOf } from "./flood.ts";
import { kpisOf } from "./kpi.ts";
import { marksOf } from "./marks.ts";
import type { Shown } from "./wards/taken.ts";

/** Transitions of one alarm in one instant stand in the book a little later, each at an instant of its own. */
const pointShiftMs = 1000;

interface ViewParts {
  readonly book: Book;
  readonly live: Shown;
  readonly floods: Floods;
  readonly now: Clock;
}

/** What is seen of the alarms: as they are written, and what follows from the moment. */
export function createViews({
  book,
  live,
  floods,
  now,
}: ViewParts): Pick<Alarms, "list" | "get" | "floods" | "kpis" | "transitions"> {
  /** What is no transition of the alarm, yet to be seen with it: it changes with time and with others. */
  function passing(alarm: Alarm, at: number): Pick<Alarm, "marks" | "explains"> | undefined {
    const marks = marksOf(alarm, at);
    const explains = live.explainedBy(alarm.id);
    if (marks.length === 0 && explains === 0) return undefined;
    return { ...(marks.length > 0 && { marks }), ...(explains > 0 && { explains }) };
  }

  function alarmsOf(unit: string, visible: (device: Identity) => boolean): Alarm[] {
    return [...live].filter(({ device }) => unitOf(device) === unit && visible(device));
  }

  return {
    list(filter) {
      const at = now();
      const changed = new Map<string, string>();
      for (const alarm of live) {
        const more = passing(alarm, at);
        if (more) changed.set(alarm.id, JSON.stringify(more));
      }
      return book.list(filter).map(({ id, json }) => {
        const more = changed.get(id);
        return more === undefined ? json : `${json.slice(0, -1)},${more.slice(1)}`;
      });
    },
    get(id) {
      const alarm = book.get(id);
      const known = live.byId(id);
      return alarm && { ...alarm, ...(known && passing(known, now())) };
    },
    floods(visible) {
      return floods.at(now()).flatMap(({ unit, since, count }) => {
        const alarms = alarmsOf(unit, visible);
        if (alarms.length === 0) return [];
        const shown = alarms.filter(
          ({ state }) => state !== "shelved" && state !== "out-of-service",
        );
        const groups = since === null ? [] : groupsOf(shown);
        return [{ unit, active: since !== null, since, count, groups }];
      });
    },
    kpis({ from, to, visible }) {
      const lines = book.between(from, to).filter(({ device }) => visible(device));
      return kpisOf(lines, from, to);
    },
    transitions({ from, to, visible }) {
      return book
        .between(from, to + pointShiftMs)
        .filter(({ device, line }) => line.at >= from && line.at < to && visible(device))
        .map(({ line }) => line);
    },
  };
}
