import type { Item } from "../items.ts";

/** What the wall shows at a moment. */
export interface Page {
  /** Of the first priority: always there. */
  readonly pinned: readonly Item[];
  readonly rows: readonly Item[];
  /** From 1. */
  readonly page: number;
  readonly pages: number;
}

/** The pinned may fill the wall but for this share: what else is wrong must come round too. */
const pinnedShare = 0.6;

/**
 * Cuts the lines into pages of `places` rows. Those of the first priority stand on each of them; when
 * there are more than their share, they take turns too.
 * @param turn counts up; each turn is the next page
 */
export function pageOf(items: readonly Item[], places: number, turn: number): Page {
  const isFirst = (item: Item) =>
    item.kind === "alarm" && item.alarm.priority === 1 && !item.nested;
  const first = items.filter(isFirst);
  const rest = items.filter((item) => !isFirst(item));
  const room = rest.length === 0 ? places : Math.max(1, Math.floor(places * pinnedShare));
  const pinned = part(first, room, turn);
  const left = part(rest, Math.max(1, places - pinned.rows.length), turn);
  const pages = Math.max(pinned.pages, left.pages);
  return { pinned: pinned.rows, rows: left.rows, page: (turn % pages) + 1, pages };
}

function part(items: readonly Item[], places: number, turn: number) {
  const pages = Math.max(1, Math.ceil(items.length / places));
  const at = turn % pages;
  return { rows: items.slice(at * places, (at + 1) * places), pages };
}

/** Where the picture stands, in pixels: it wanders, so that no line burns into the wall. */
export function shiftAt(minute: number, reach: number): { x: number; y: number } {
  const steps = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
    [-1, 1],
    [-1, 0],
    [-1, -1],
    [0, -1],
    [1, -1],
  ] as const;
  const [x, y] = steps[minute % steps.length] ?? [0, 0];
  return { x: x * reach, y: y * reach };
}
