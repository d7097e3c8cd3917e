import { expect, test } from "vitest";
import { anAlarm } from "../../an-alarm.fixture.ts";
import { nameAlarm } from "../../shared/alarm-frame.ts";
import { type Item, layOut } from "../items.ts";
import { pageOf, shiftAt } from "./paging.ts";

const lines = (first: number, others: number): Item[] =>
  layOut(
    Array.from({ length: first + others }, (_, index) =>
      nameAlarm(anAlarm({ id: `a${index}`, priority: index < first ? 1 : 3 }), new Map()),
    ),
    { under: new Map(), expanded: new Set(), flood: false },
  );
const keys = (items: readonly Item[]) => items.map(({ key }) => key);

test.each([
  [1, 9, 5, 3],
  [0, 9, 5, 2],
  [2, 0, 5, 1],
  [7, 3, 5, 3],
  [7, 0, 5, 2],
  [0, 0, 5, 1],
])(
  "%d critical and %d others on %d places take %d pages, and each comes round",
  (first, others, places, pages) => {
    const items = lines(first, others);
    const seen = new Set<string>();
    for (let turn = 0; turn < pages * 3; turn++) {
      const page = pageOf(items, places, turn);
      expect(page.pages).toBe(pages);
      expect(page.page).toBe((turn % pages) + 1);
      expect(page.pinned.length + page.rows.length).toBeLessThanOrEqual(places);
      if (first > 0) expect(page.pinned.length).toBeGreaterThan(0);
      for (const key of keys([...page.pinned, ...page.rows])) seen.add(key);
    }
    expect(seen.size).toBe(first + others);
  },
);

test("few critical ones stand on every page", () => {
  const items = lines(2, 10);
  for (let turn = 0; turn < 6; turn++) {
    expect(keys(pageOf(items, 5, turn).pinned)).toEqual(["a0", "a1"]);
  }
});

test("the picture stands nowhere longer than elsewhere, and comes back", () => {
  const places = Array.from({ length: 9 }, (_, minute) => shiftAt(minute, 4));
  expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(9);
  expect(places.reduce((sum, { x, y }) => sum + x + y, 0)).toBe(0);
  expect(shiftAt(9, 4)).toEqual({ x: 0, y: 0 });
});
