import type { Language } from "../shared/language.ts";

/** What a person sets on the panel; flags in the page's address win over it. */
export interface Options {
  readonly language: Language;
  /** The list for one who works with it, or the large one that nobody touches. */
  readonly display: "desk" | "wall";
  /** Only alarms of this unit, such as `82/29869`; all when empty. */
  readonly unit: string;
  /** Silence of the station, in seconds, after which the panel says that its data are old. */
  readonly staleAfterS: number;
  /** How long the wall shows a page, in seconds. */
  readonly pageS: number;
}

export const defaults: Options = {
  language: "vi",
  display: "desk",
  unit: "",
  // Two missed heartbeats of 2 s and some slack for the way.
  staleAfterS: 5,
  // Eight rows are read in less.
  pageS: 12,
};

/** What the page's address asks for: `?kiosk&lang=en&unit=82/29869&sound`. */
export interface Flags {
  readonly wall: boolean;
  readonly language: Language | undefined;
  readonly unit: string | undefined;
  readonly sound: boolean;
}

/** Reads the flags from the query of an address. */
export function readFlags(search: string): Flags {
  const query = new URLSearchParams(search);
  const isOn = (name: string) => query.has(name) && !["0", "false"].includes(query.get(name) ?? "");
  const language = query.get("lang");
  return {
    // Grafana hides its own menus at the same flag.
    wall: isOn("kiosk"),
    language: language === "vi" || language === "en" ? language : undefined,
    unit: query.get("unit") ?? undefined,
    sound: isOn("sound"),
  };
}
