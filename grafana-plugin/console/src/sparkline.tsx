import { linePath, type Point, range } from "../../src/shared/line-path.ts";

const width = 160;
const height = 36;

interface Props {
  readonly points: readonly Point[];
  /** Step of the series; a longer pause is a gap. */
  readonly everyMs: number;
  /** What the line shows, in words. */
  readonly label: string;
}

/** A line of the trusted values; a gap in the data is a gap in the line. */
export function Sparkline({ points, everyMs, label }: Props) {
  const bounds = range(points);
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
      <path d={sparkPath(points, everyMs, bounds)} />
    </svg>
  );
}

/** The path of the line in the size of a sparkline. */
export function sparkPath(
  points: readonly Point[],
  everyMs: number,
  { least, most }: { least: number; most: number },
): string {
  const first = points[0]?.[0] ?? 0;
  const span = (points.at(-1)?.[0] ?? 0) - first || 1;
  // A constant value lies in the middle, not on the floor.
  const spread = most - least || 1;
  const floor = most === least ? height / 2 : height - 3;
  return linePath(
    points,
    everyMs,
    (ts) => ((ts - first) / span) * (width - 4) + 2,
    (value) => floor - ((value - least) / spread) * (height - 6),
  );
}
