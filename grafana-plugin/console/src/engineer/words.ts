import type { Language } from "../../../src/shared/language.ts";
import { en } from "./words-en.ts";
import { vi, type Words } from "./words-vi.ts";

/** The engineer's words by language. */
export const words: Record<Language, Words> = { vi, en };
