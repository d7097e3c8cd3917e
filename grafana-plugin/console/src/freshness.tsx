import type { Language } from "../../src/shared/language.ts";
import type { Freshness as Fresh } from "./station.ts";
import { words } from "./words.ts";

/** How fresh a device is: a shape and a word. */
export function Freshness({ freshness, language }: { freshness: Fresh; language: Language }) {
  return (
    <span className="freshness" data-freshness={freshness}>
      <FreshnessMark freshness={freshness} />
      {words[language].freshness[freshness]}
    </span>
  );
}

/** A shape for each freshness: disc, half disc, ring with a bar, dotted ring. */
function FreshnessMark({ freshness }: { freshness: Fresh }) {
  return (
    <svg className="freshness-mark" viewBox="0 0 16 16" aria-hidden="true">
      {freshness === "live" && <circle cx="8" cy="8" r="6" fill="currentColor" />}
      {freshness === "stale" && (
        <>
          <circle cx="8" cy="8" r="6" />
          <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
        </>
      )}
      {freshness === "silent" && (
        <>
          <circle cx="8" cy="8" r="6" />
          <path d="M4 12 12 4" />
        </>
      )}
      {freshness === "never" && <circle cx="8" cy="8" r="6" strokeDasharray="2 2.7" />}
    </svg>
  );
}
