import type { Text } from "@kenh/schemas";
import type { Language } from "./language.ts";

/** Far more than a label or a message needs; a hostile device's megabyte must not be laid out. */
const mostCharacters = 300;

/** A text for people in a language, the Vietnamese one where it is missing; cut with "…" when too long. */
export function textOf(text: Text | null | undefined, language: Language): string {
  const full = text ? text[language] || text.vi : "";
  if (full.length <= mostCharacters) return full;
  // A surrogate pair is not cut in two.
  return `${full.slice(0, mostCharacters).replace(/[\ud800-\udbff]$/, "")}…`;
}
