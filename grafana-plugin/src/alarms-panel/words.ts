import type { Language } from "../shared/language.ts";
import { en } from "./words-en.ts";
import { vi, type Words } from "./words-vi.ts";

export const words: Record<Language, Words> = { vi, en };
