import type { Series } from "./station.ts";

const width = 160;
const height = 36;

/** The least and the greatest trusted value of a series; null where it has fewer than two. */
export function range(series: Series): { least: number; most: number } | null {
  const values = trusted(series).flatMap(([, value]) => (value === null ? [] : [value]));
  return values.length < 2 ? null : { least: Math.min(...values), most: Math.max(...values) };
}

interface Props {
  readonly series: Series;
  /** Step of the series; a longer pause is a gap. */
  readonly everyMs: number;
  /** What the line shows, in words. */
  readonly label: string;
}

/** A line of the trusted values; a gap in the data is a gap in the line. */
export function Sparkline({ series, everyMs, label }: Props) {
  const bounds = range(series);
  if (!bounds) return null;
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <path d={linePath(series, everyMs, bounds)} />
    </svg>
  );
}

/** The path of the line, `M` after each gap. */
export function linePath(
  series: Series,
  everyMs: number,
  { least, most }: { least: number; most: number },
): string {
  const points = trusted(series);
  const first = points[0]?.[0] ?? 0;
  const span = (points.at(-1)?.[0] ?? 0) - first || 1;
  // A constant value lies in the middle, not on the floor.
  const spread = most - least || 1;
  const floor = most === least ? height / 2 : height - 3;
  let pen = "M";
  let path = "";
  let drawnAt = first;
  for (const [ts, value] of points) {
    // Empty steps are left out of a series, or come as null: both are gaps.
    if (ts - drawnAt > 2.5 * everyMs) pen = "M";
    if (value === null) {
      pen = "M";
      continue;
    }
    const x = ((ts - first) / span) * (width - 4) + 2;
    const y = floor - ((value - least) / spread) * (height - 6);
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
    drawnAt = ts;
  }
  return path;
}

/** Values that failed their check, or are missing, are gaps. */
function trusted(series: Series): [ts: number, value: number | null][] {
  return series.points.map(([ts, value, flag]) => [
    ts,
    flag === 4 || flag === 9 || typeof value !== "number" ? null : value,
  ]);
}
