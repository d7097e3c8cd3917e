import { formatPath } from "../path.ts";
import { measured } from "./measured.ts";
import type { Question } from "./place.ts";

/** Keys that name a device. */
const identifies =
  /^((dev(ice)?|node|sensor|station)[_-]?)?(id|eui|name|addr(ess)?|sn|mac|serial|no)$|^(dev(ice)?|node|station)$/i;

/** A list whose entries are devices of their own, each with its name: a person says which is which. */
export function severalDevices(here: unknown, path: readonly string[] = []): Question | undefined {
  if (typeof here !== "object" || here === null || path.length > 4) return undefined;
  if (Array.isArray(here)) {
    const by = nameOfEntries(here);
    if (by === undefined) return undefined;
    const [first, second] = here as [Record<string, unknown>, Record<string, unknown>];
    return {
      path: formatPath(path),
      ask: `are ${String(first[by])} and ${String(second[by])} devices of their own? then write each: ${JSON.stringify(formatPath(path))} and nodeBy: { path: ${by} } into source.config, and points within one of them`,
    };
  }
  for (const [name, inner] of Object.entries(here)) {
    const found = severalDevices(inner, [...path, name]);
    if (found) return found;
  }
  return undefined;
}

/** The key by which the entries of a list are told apart, where each holds two readings or more. */
function nameOfEntries(entries: readonly unknown[]): string | undefined {
  if (entries.length < 2) return undefined;
  const objects = entries.filter(
    (each): each is Record<string, unknown> =>
      typeof each === "object" && each !== null && !Array.isArray(each),
  );
  if (objects.length < entries.length || objects.some((each) => measured(each))) return undefined;
  return Object.keys(objects[0] ?? {}).find((key) => {
    const names = new Set(objects.map((each) => each[key]));
    const numbers = (each: Record<string, unknown>): number =>
      Object.entries(each).filter(([name, inner]) => name !== key && typeof inner === "number")
        .length;
    return (
      identifies.test(key) &&
      names.size === objects.length &&
      [...names].every((name) => typeof name === "string" || typeof name === "number") &&
      objects.every((each) => numbers(each) > 1)
    );
  });
}
