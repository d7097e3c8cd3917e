import type { Language } from "../../../src/shared/language.ts";
import { translated } from "./said.ts";

/** What the station said, in the reader's language where there is a translation, else marked as English. */
export function Said({ text, language }: { text: string; language: Language }) {
  const said = translated(text, language);
  return <span lang={said.language}>{said.text}</span>;
}
