import { levelOf } from "../rollup/windows.ts";
import type { Point, StoreLimits } from "../stores/store.ts";
import type { KnownDestination } from "./config.ts";

/** Whether points of a series are a destination's business. */
export type Filter = (series: Point["series"]) => boolean;

/** What a destination is for. The answer for a series is kept: it is asked for each of its points. */
export function filterOf({
  devices,
  measurements,
}: Pick<KnownDestination, "devices" | "measurements">): Filter {
  const patterns = devices?.map((text) => new RegExp(`^${text.replaceAll("*", "[^/]*")}$`));
  const known = new WeakMap<Point["series"], boolean>();
  return (series) => {
    const before = known.get(series);
    if (before !== undefined) return before;
    const tags = new Map(series.tags);
    const identity = ["province", "unit", "site", "device"].map((tag) => tags.get(tag)).join("/");
    const wanted =
      (measurements?.includes(levelOf(series.measurement).of) ?? true) &&
      (patterns?.some((pattern) => pattern.test(identity)) ?? true);
    known.set(series, wanted);
    return wanted;
  };
}

/** The points without the fields that a store can't hold; how many fields that were. */
export function supported(
  points: readonly Point[],
  { unsupportedTypes }: Pick<StoreLimits, "unsupportedTypes">,
): { points: readonly Point[]; left: number } {
  if (unsupportedTypes.length === 0) return { points, left: 0 };
  let left = 0;
  const kept = points.flatMap((point) => {
    const fields = point.fields.filter(({ type }) => !unsupportedTypes.includes(type));
    left += point.fields.length - fields.length;
    return fields.length > 0 ? [{ ...point, fields }] : [];
  });
  return { points: kept, left };
}
