import { useEffect, useRef, useState } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { messageText, placeTexts } from "../alarm-text.ts";
import type { Summary } from "../use-actions.ts";
import { words } from "../words.ts";

/** How long a shelving can be taken back with one key; for as long what was done is told. */
export const undoMs = 8_000;

interface Props {
  readonly summary: Summary | undefined;
  readonly now: number;
  /** Those in service. */
  readonly alarms: readonly ShownAlarm[];
  readonly language: Language;
  readonly onUndo: () => void;
}

/** What was done last, in words that a screen reader speaks; new alarms of the high priorities too. */
export function StatusLine({ summary, now, alarms, language, onUndo }: Props) {
  const say = words[language];
  const isFresh = summary !== undefined && now - summary.at < undoMs;
  return (
    <>
      {isFresh && (
        <div className="kenh-told" data-refused={summary.refused > 0}>
          <p role="status">
            {summary.done.length > 0 && say.done[summary.kind](summary.done.length)}{" "}
            {summary.refused > 0 && say.notDone(summary.refused)}
          </p>
          {summary.kind === "shelve" && summary.done.length > 0 && (
            <button type="button" onClick={onUndo}>
              {say.undo} <kbd>U</kbd>
            </button>
          )}
        </div>
      )}
      <p className="kenh-spoken" aria-live="assertive">
        {useNews(alarms, language)}
      </p>
    </>
  );
}

/** The newest alarm of priority 1 or 2 that came since the panel was opened, in words. */
function useNews(alarms: readonly ShownAlarm[], language: Language): string {
  const known = useRef<ReadonlySet<string> | null>(null);
  const [news, setNews] = useState("");
  useEffect(() => {
    const high = alarms.filter(
      ({ priority, state }) => priority <= 2 && state === "unacknowledged",
    );
    const fresh = high.find(({ id }) => known.current !== null && !known.current.has(id));
    known.current = new Set(high.map(({ id }) => id));
    if (fresh) {
      const place = placeTexts(fresh, language).join(", ");
      setNews(words[language].announce(messageText(fresh, language), place));
    }
  }, [alarms, language]);
  return news;
}
