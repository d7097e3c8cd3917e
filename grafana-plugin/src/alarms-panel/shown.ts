import type { Freshness, ShownAlarm } from "../shared/alarm-frame.ts";
import type { Language } from "../shared/language.ts";
import type { Sound } from "./use-sound.ts";

/** What desk and wall are given alike. */
export interface Shown {
  readonly alarms: readonly ShownAlarm[];
  readonly freshness: Freshness;
  /** Alarms that came and could not be read. */
  readonly unreadable: number;
  /** The data's source says that it failed. */
  readonly failed: boolean;
  /** Milliseconds UTC by this computer's clock. */
  readonly now: number;
  /** Silence of the station, in seconds, after which its data are called old. */
  readonly staleAfterS: number;
  readonly language: Language;
  /** How many alarms came at once; null while it is no flood. */
  readonly flood: number | null;
  readonly sound: Sound;
}
