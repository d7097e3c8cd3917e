import { type Flag, flags } from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import type { Field, Point, SeriesPoint, Store } from "../stores/store.ts";
import { type Pollutant, pollutants } from "./breakpoints.ts";
import { hourMean, hourMs, spacingOf } from "./hour-mean.ts";
import { nowcastHours } from "./nowcast.ts";
import { dayMs } from "./spans.ts";
import { dailyVnAqi, type Hours, type HoursOf, hourlyVnAqi, type VnAqi } from "./vn-aqi.ts";

const readingOf = (pollutant: Pollutant): string => `${pollutant}_ugm3`;
const meanOf = (pollutant: Pollutant): string => `${pollutant}_1h_ugm3`;
const byReading = new Map(pollutants.map((pollutant) => [readingOf(pollutant), pollutant]));
/** Hours before a day that its first mean of ozone over eight hours reaches back to. */
export const hoursBeforeDay = 7;

/** What of a pollutant a field holds; undefined for any other field. */
export function pollutantOf(field: string): Pollutant | undefined {
  return byReading.get(field);
}

/** Everything below answers from the store alone: the same readings give the same answer, whenever asked. */
type Source = Pick<Store, "query">;

/** The hourly means of a device, a point at the start of the hour; undefined where there is none. */
export async function meansPoint(
  store: Source,
  device: RegisteredDevice,
  start: number,
): Promise<Point | undefined> {
  const { series, intervalMs = 0 } = device;
  const read = (from: number, names: readonly string[]) =>
    store.query({
      series,
      fields: names.map((name) => ({ name, type: "float" as const })),
      from,
      to: start + hourMs - 1,
    });
  const fields: Field[] = [];
  const add = (pollutant: Pollutant, readings: readonly SeriesPoint[], apartMs: number) => {
    const found = hourMean(readings, apartMs);
    if (found) {
      const { mean: value, flag } = found;
      fields.push({ name: meanOf(pollutant), type: "float", value, flag });
    }
    return found !== undefined;
  };
  const known = pollutants.filter((pollutant) => device.quantities.has(readingOf(pollutant)));
  const hour = await read(start, known.map(readingOf));
  for (const pollutant of known) {
    const readings = hour.get(readingOf(pollutant)) ?? [];
    if (readings.length === 0 || add(pollutant, readings, intervalMs)) continue;
    const name = readingOf(pollutant);
    const before = await read(start - (nowcastHours - 1) * hourMs, [name]);
    add(pollutant, readings, Math.max(spacingOf(before.get(name) ?? []), intervalMs));
  }
  return fields.length > 0 ? { series, ts: start, fields } : undefined;
}

/** The VN_AQI of an hour, a point at its start; undefined where there is none. */
export async function indexPoint(
  store: Source,
  device: RegisteredDevice,
  start: number,
): Promise<Point | undefined> {
  const first = start - (nowcastHours - 1) * hourMs;
  const means = await readMeans(store, device, first, nowcastHours);
  const vnAqi = hourlyVnAqi((pollutant) => means.of(pollutant).toReversed());
  return vnAqi && vnAqiPoint(device, start, "vn_aqi_hour", vnAqi, means.flag);
}

/** The VN_AQI of a day, a point at its start, 00:00 in Vietnam; undefined where there is none. */
export async function dayPoint(
  store: Source,
  device: RegisteredDevice,
  start: number,
): Promise<Point | undefined> {
  const hours = hoursBeforeDay + dayMs / hourMs;
  const means = await readMeans(store, device, start - hoursBeforeDay * hourMs, hours);
  const vnAqi = dailyVnAqi(
    (pollutant) => means.of(pollutant).slice(hoursBeforeDay),
    means.of("o3").slice(0, hoursBeforeDay),
  );
  return vnAqi && vnAqiPoint(device, start, "vn_aqi_day", vnAqi, means.flag);
}

/** Stored means of so many hours, the first one first, and the worst of their flags. */
async function readMeans(
  store: Source,
  { series, quantities }: RegisteredDevice,
  first: number,
  count: number,
): Promise<{ of: HoursOf; flag: Flag }> {
  const names = pollutants.map(meanOf).filter((name) => quantities.has(name));
  const found = await store.query({
    series,
    fields: names.map((name) => ({ name, type: "float" as const })),
    from: first,
    to: first + count * hourMs - 1,
  });
  let worst: Flag = flags.pass;
  const hours = new Map<string, Hours>();
  for (const [name, points] of found) {
    const means = new Array<number | undefined>(count).fill(undefined);
    for (const [ts, value, flag] of points) {
      if (typeof value !== "number") continue;
      means[(ts - first) / hourMs] = value;
      if (flag > worst) worst = flag;
    }
    hours.set(name, means);
  }
  return { of: (pollutant) => hours.get(meanOf(pollutant)) ?? [], flag: worst };
}

function vnAqiPoint(
  { series }: RegisteredDevice,
  ts: number,
  name: string,
  { index, leading, parts }: VnAqi,
  flag: Flag,
): Point {
  const fields: Field[] = [
    { name, type: "integer", value: index, flag },
    { name: `${name}_leading`, type: "string", value: leading, flag },
    ...[...parts].map(
      ([pollutant, value]): Field => ({
        name: `${name}_${pollutant}`,
        type: "integer",
        value,
        flag,
      }),
    ),
  ];
  return { series, ts, fields };
}
