import { eventWords, priorityWords, stateWords } from "@kenh/schemas";
import { expect, test } from "vitest";
import { words } from "./words.ts";

// A dictionary of the panel's own, for the shared one would bring the schemas' library into the bundle.
test.each(["vi", "en"] as const)("says in %s what mail and command line say", (language) => {
  const said = (shared: Readonly<Record<string, { vi: string; en: string }>>) =>
    Object.fromEntries(Object.entries(shared).map(([key, text]) => [key, text[language]]));
  expect(words[language].priorities).toEqual(said(priorityWords));
  expect(words[language].states).toEqual(said(stateWords));
  expect(words[language].events).toEqual(said(eventWords));
});
