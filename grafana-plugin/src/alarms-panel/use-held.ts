import { useRef } from "react";
import type { Item } from "./items.ts";

/** The lines to show, those that came meanwhile, and those that would no longer be there. */
export interface Held {
  readonly items: readonly Item[];
  readonly fresh: readonly Item[];
  readonly gone: ReadonlySet<string>;
}

/**
 * While `hold`, every line keeps its place: what is said in it changes, what is new waits, what is over
 * stays until the hand is off the list. Nobody acknowledges the wrong alarm because rows moved.
 * @param question what the list shows; another one is another list, and nothing is held over
 */
export function useHeld(items: readonly Item[], hold: boolean, question: string): Held {
  const before = useRef<{ items: readonly Item[]; question: string }>({ items: [], question: "" });
  const held = hold && before.current.question === question ? before.current.items : undefined;
  const result = held ? holdPlaces(held, items) : { items, fresh: [], gone: new Set<string>() };
  before.current = { items: result.items, question };
  return result;
}

/** The lines of `held` in their places with what `items` now says of them. */
export function holdPlaces(held: readonly Item[], items: readonly Item[]): Held {
  const now = new Map(items.map((item) => [item.key, item]));
  const places = new Set(held.map(({ key }) => key));
  return {
    items: held.map((item) => now.get(item.key) ?? item),
    fresh: items.filter(({ key }) => !places.has(key)),
    gone: new Set(held.flatMap(({ key }) => (now.has(key) ? [] : [key]))),
  };
}
