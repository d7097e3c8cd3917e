/** A reading of a series: time, value, and its flag; a failed or missing one is a gap. */
export type Point = readonly [ts: number, value: number | null, flag: number];

/** Values that failed their check, or are missing, are gaps. */
function trusted(points: readonly Point[]): [ts: number, value: number | null][] {
  return points.map(([ts, value, flag]) => [
    ts,
    flag === 4 || flag === 9 || typeof value !== "number" ? null : value,
  ]);
}

/** The least and the greatest trusted value; null where there are fewer than two. */
export function range(points: readonly Point[]): { least: number; most: number } | null {
  const values = trusted(points).flatMap(([, value]) => (value === null ? [] : [value]));
  return values.length < 2 ? null : { least: Math.min(...values), most: Math.max(...values) };
}

/**
 * The path of a line through the trusted values, `M` after each gap.
 * @param everyMs step of the series; a longer pause is a gap
 */
export function linePath(
  points: readonly Point[],
  everyMs: number,
  x: (ts: number) => number,
  y: (value: number) => number,
): string {
  let pen = "M";
  let path = "";
  let drawnAt: number | undefined;
  for (const [ts, value] of trusted(points)) {
    // Empty steps are left out of a series, or come as null: both are gaps.
    if (drawnAt !== undefined && ts - drawnAt > 2.5 * everyMs) pen = "M";
    if (value === null) {
      pen = "M";
      continue;
    }
    path += `${pen}${x(ts).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
    drawnAt = ts;
  }
  return path;
}
