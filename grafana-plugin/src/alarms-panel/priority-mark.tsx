import type { Priority } from "@kenh/schemas";

// A shape for each priority, so that none depends on colour: octagon, triangle, diamond, circle.
const shapes: Record<Priority, { path: string; numberY: number }> = {
  1: { path: "M12.6 3h14.8L38 13.6v12.8L27.4 37H12.6L2 26.4V13.6z", numberY: 20 },
  2: { path: "M20 2.5 38.5 36.5h-37z", numberY: 25.5 },
  3: { path: "M20 1.5 38.5 20 20 38.5 1.5 20z", numberY: 20 },
  4: { path: "M20 3a17 17 0 1 1 0 34 17 17 0 0 1 0-34z", numberY: 20 },
};

/** The shape of a priority with its number; filled while unacknowledged, an outline afterwards. */
export function PriorityShape({ priority, filled }: { priority: Priority; filled: boolean }) {
  const { path, numberY } = shapes[priority];
  return (
    <svg className="kenh-shape" data-filled={filled} viewBox="0 0 40 40" aria-hidden="true">
      <path d={path} />
      <text x="20" y={numberY} textAnchor="middle" dominantBaseline="central">
        {priority}
      </text>
    </svg>
  );
}

/** The shape, and the word beneath. */
export function PriorityMark(props: { priority: Priority; filled: boolean; word: string }) {
  return (
    <div className="kenh-mark">
      <PriorityShape priority={props.priority} filled={props.filled} />
      <span>{props.word}</span>
    </div>
  );
}
