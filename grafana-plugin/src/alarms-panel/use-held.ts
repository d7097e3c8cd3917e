import { useRef } from "react";
import type { ShownAlarm } from "../shared/alarm-frame.ts";
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
export function useHeld(
  items: readonly Item[],
  byId: ReadonlyMap<string, ShownAlarm>,
  hold: boolean,
  question: string,
): Held {
  const before = useRef<{ items: readonly Item[]; question: string }>({ items: [], question: "" });
  const held = hold && before.current.question === question ? before.current.items : undefined;
  const result = held
    ? holdPlaces(held, items, byId)
    : { items, fresh: [], gone: new Set<string>() };
  before.current = { items: result.items, question };
  return result;
}

/**
 * The lines of `held` in their places with what is now said of them.
 * @param byId all alarms, those too that stand on another list by now
 */
function holdPlaces(
  held: readonly Item[],
  items: readonly Item[],
  byId: ReadonlyMap<string, ShownAlarm>,
): Held {
  const now = new Map(items.map((item) => [item.key, item]));
  const places = new Set(held.map(({ key }) => key));
  const current = (item: Item): Item => {
    const alarm = byId.get(item.key);
    return now.get(item.key) ?? (item.kind === "alarm" && alarm ? { ...item, alarm } : item);
  };
  return {
    items: held.map(current),
    fresh: items.filter(({ key }) => !places.has(key)),
    gone: new Set(held.flatMap(({ key }) => (now.has(key) || byId.has(key) ? [] : [key]))),
  };
}
