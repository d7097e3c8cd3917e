import type { Clock } from "@kenh/schemas";

/** Keys that are remembered; the oldest makes room, and may then be told once more. */
const most = 10_000;

/** Lets the same thing through once in a while, so that whoever repeats it fills no log. */
export function seldom(everyMs: number, now: Clock): (key: string) => boolean {
  const told = new Map<string, number>();
  return (key) => {
    const last = told.get(key);
    if (last !== undefined && now() - last < everyMs && now() >= last) return false;
    told.delete(key);
    told.set(key, now());
    const [oldest] = told.keys();
    if (told.size > most && oldest !== undefined) told.delete(oldest);
    return true;
  };
}
