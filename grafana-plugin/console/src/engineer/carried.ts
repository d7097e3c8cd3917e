import type { ProfileText } from "./shapes.ts";

/** A profile that somebody works on and has not saved. */
export interface Work {
  /** What it was when it was loaded; null for a new one. */
  readonly text: ProfileText | null;
  readonly yaml: string;
  readonly sample: string;
}

const works = new Map<string, Work>();
let carried = "";

/** The unsaved work on a profile, which outlives a look at another page; empty is the name of a new one. */
export const workOn = (name: string): Work | undefined => works.get(name);

/** Keeps unsaved work as long as the tab is open; undefined forgets it. */
export function keepWork(name: string, work: Work | undefined): void {
  if (work) works.set(name, work);
  else works.delete(name);
}

/** Takes a payload along to the profile editor, which is the next page. */
export function carry(payload: string): void {
  carried = payload;
}

/** What was brought along, once; empty where nothing was. */
export function takeCarried(): string {
  const payload = carried;
  carried = "";
  return payload;
}
