import type { Language } from "../shared/language.ts";

/** What a person sets on the panel. */
export interface Options {
  readonly language: Language;
  /** Silence of the station, in seconds, after which the panel says that its data are old. */
  readonly staleAfterS: number;
  /** Most rows drawn at once; the rest is told as a count. */
  readonly maxRows: number;
}

export const defaults: Options = {
  language: "vi",
  // Two missed heartbeats of 15 s and some slack for the way.
  staleAfterS: 40,
  // More than an operator can read, few enough to draw at once on an old computer.
  maxRows: 100,
};
