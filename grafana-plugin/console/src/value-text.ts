import type { Language } from "../../src/shared/language.ts";
import { numberText } from "../../src/shared/reading-text.ts";
import { textOf } from "../../src/shared/text-of.ts";
import type { LastValue, ListedDevice } from "./station.ts";
import { words } from "./words.ts";

/** A value with its unit as people of the language write it; a dash for what is missing. */
export function valueText(
  { value, unit }: Pick<LastValue, "value" | "unit">,
  language: Language,
): string {
  if (value === null) return "—";
  if (typeof value === "number") return numberText(value, unit, language);
  if (typeof value === "boolean") return words[language][value ? "yes" : "no"];
  return textOf({ vi: value, en: value }, language);
}

/** Steps that a device of this interval fills, so that an empty one is a gap. */
export function stepMs({ intervalMs }: Pick<ListedDevice, "intervalMs">): number {
  return Math.max(10_000, 2 * (intervalMs ?? 30_000));
}
