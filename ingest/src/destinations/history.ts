import type { FieldType, Identity } from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import type { Point, SeriesPoint, SeriesQuery, Store } from "../stores/store.ts";

/** Milliseconds since 1970 UTC, both inclusive. */
export interface Times {
  readonly from: number;
  readonly to: number;
}

/** How much of one device's history is read at once: a week at one reading a second is 600,000. */
const windowMs = 7 * 86_400_000;

/** Devices in the order in which their history is gone through. */
export function inOrder(devices: readonly RegisteredDevice[]): RegisteredDevice[] {
  return devices.toSorted((a, b) => compare(a.identity, b.identity));
}

export function compare(a: Identity, b: Identity): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The quantities of a device that a store can hold. */
export function fieldsOf(
  { quantities }: RegisteredDevice,
  ...stores: readonly Pick<Store, "limits">[]
): { name: string; type: FieldType }[] {
  const unsupported = new Set(stores.flatMap(({ limits }) => limits.unsupportedTypes));
  return [...quantities.values()].flatMap(({ name, type }) =>
    unsupported.has(type) ? [] : [{ name, type }],
  );
}

/** The windows into which a span is cut, aligned to 1970. */
export function* windowsOf({ from, to }: Times, lengthMs = windowMs): Generator<Times> {
  for (let start = from; start <= to; ) {
    const end = Math.min(to, (Math.floor(start / lengthMs) + 1) * lengthMs - 1);
    yield { from: start, to: end };
    start = end + 1;
  }
}

/** What a store has of a series, as points in order of time. */
export async function pointsOf(
  store: Pick<Store, "query">,
  { series, fields }: Pick<SeriesQuery, "series" | "fields">,
  times: Times,
): Promise<Point[]> {
  const found = await store.query({ series, fields, ...times });
  const byTime = new Map<number, Point["fields"][number][]>();
  for (const { name, type } of fields) {
    for (const [ts, value, flag] of found.get(name) ?? ([] as SeriesPoint[])) {
      const all = byTime.get(ts) ?? [];
      byTime.set(ts, all);
      all.push({ name, type, value, flag });
    }
  }
  return [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([ts, all]): Point => ({ series, ts, fields: all }));
}
