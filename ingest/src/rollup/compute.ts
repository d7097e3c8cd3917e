import { dayMs } from "../derive/spans.ts";
import { fieldsOf } from "../destinations/history.ts";
import type { RegisteredDevice } from "../registry.ts";
import type { Point, Store } from "../stores/store.ts";
import { type Figures, Tally } from "./figures.ts";
import { type Bits, hoursIn } from "./parts.ts";
import { readRolled, rolledPoint } from "./shape.ts";
import { hourMs, lengthMs, startOf } from "./windows.ts";

/** Everything below answers from the store alone: the same readings give the same figures, whenever asked. */
type Source = Pick<Store, "query" | "limits">;

/** When the windows of a minute are written for an hour. */
export type Minutes = "always" | "dense" | "off";

/**
 * Readings of an hour from which on the figures of its minutes are fewer than they are. By their number alone:
 * what comes late may not make an hour with minutes one without.
 */
const denseFrom = 120;

type Quantity = { readonly name: string; readonly type: Point["fields"][number]["type"] };
type Windows = Map<number, Map<Quantity, Figures>>;

/**
 * The roll-ups of some hours of a day: a point for each hour that has readings, and one for each of its
 * minutes where that is worth it.
 */
export async function hourPoints(
  store: Source,
  device: RegisteredDevice,
  day: number,
  hours: Bits,
  minutes: Minutes,
): Promise<Point[]> {
  const starts = hoursIn(hours).map((hour) => day + hour * hourMs);
  const wanted = new Set(starts);
  const fields = fieldsOf(device, store);
  const found = await store.query({
    ...{ series: device.series, fields },
    from: starts[0] as number,
    to: (starts.at(-1) as number) + hourMs - 1,
  });
  const ofHours: Windows = new Map();
  const ofMinutes: Windows = new Map();
  for (const field of fields) {
    const inHours = new Map<number, Tally>();
    const inMinutes = new Map<number, Tally>();
    for (const [ts, value, flag] of found.get(field.name) ?? []) {
      const hour = startOf(ts, hourMs);
      if (!wanted.has(hour)) continue;
      tallyOf(inHours, hour).add(value, flag);
      if (minutes !== "off") tallyOf(inMinutes, startOf(ts, lengthMs["1m"])).add(value, flag);
    }
    gather(ofHours, field, inHours);
    gather(ofMinutes, field, minutes === "dense" ? denseOf(inMinutes, inHours) : inMinutes);
  }
  const points = (windows: Windows, level: "1m" | "1h") =>
    [...windows].map(([start, of]) => rolledPoint(device.series, level, start, of));
  return [...points(ofMinutes, "1m"), ...points(ofHours, "1h")];
}

/** The roll-up of a day, from those of its hours; nothing where there is none. */
export async function dayPoints(
  store: Source,
  device: RegisteredDevice,
  day: number,
): Promise<Point[]> {
  const fields = fieldsOf(device, store);
  const times = { from: day, to: day + dayMs - 1 };
  const hours = await readRolled(store, device.series, fields, "1h", times);
  const windows: Windows = new Map();
  for (const field of fields) {
    const tally = new Tally();
    for (const figures of hours.get(field.name)?.values() ?? []) tally.addFigures(figures);
    if (tally.parts > 0) gather(windows, field, new Map([[day, tally]]));
  }
  return [...windows].map(([start, of]) => rolledPoint(device.series, "1d", start, of));
}

function tallyOf(tallies: Map<number, Tally>, start: number): Tally {
  let tally = tallies.get(start);
  if (!tally) {
    tally = new Tally();
    tallies.set(start, tally);
  }
  return tally;
}

function gather(windows: Windows, field: Quantity, tallies: ReadonlyMap<number, Tally>): void {
  for (const [start, tally] of tallies) {
    const of = windows.get(start) ?? new Map<Quantity, Figures>();
    windows.set(start, of);
    of.set(field, tally.figures());
  }
}

/** The minutes of those hours alone that have readings enough. */
function denseOf(
  minutes: ReadonlyMap<number, Tally>,
  hours: ReadonlyMap<number, Tally>,
): Map<number, Tally> {
  const isDense = (start: number): boolean =>
    (hours.get(startOf(start, hourMs))?.parts ?? 0) >= denseFrom;
  return new Map([...minutes].filter(([start]) => isDense(start)));
}
