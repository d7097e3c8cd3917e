import type { Priority } from "@kenh/schemas";
import type { RefObject } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { type Sort, sorts } from "../order.ts";
import { PriorityShape } from "../priority-mark.tsx";
import { isUnacknowledged } from "../states.ts";
import type { Sound } from "../use-sound.ts";
import { words } from "../words.ts";
import { SoundButton } from "./sound-button.tsx";

export const priorities: readonly Priority[] = [1, 2, 3, 4];

interface Props {
  /** Those in service. */
  readonly alarms: readonly ShownAlarm[];
  readonly language: Language;
  readonly now: number;
  readonly sound: Sound;
  readonly query: string;
  readonly sort: Sort;
  readonly priority: Priority | null;
  readonly searchBox: RefObject<HTMLInputElement | null>;
  readonly onQuery: (query: string) => void;
  readonly onSort: (sort: Sort) => void;
  readonly onPriority: (priority: Priority | null) => void;
  readonly onLanguage: () => void;
  readonly onHelp: () => void;
}

/** How many of which priority, which are also filters; search, order, sound, language, help. */
export function Toolbar(props: Props) {
  const { alarms, language, priority } = props;
  const say = words[language];
  return (
    <header className="kenh-toolbar">
      <div className="kenh-priorities">
        {priorities.map((one) => {
          const found = alarms.filter((alarm) => alarm.priority === one);
          return (
            <button
              key={one}
              type="button"
              data-priority={one}
              data-any={found.length > 0}
              aria-pressed={priority === one}
              title={say.onlyPriority(say.priorities[one])}
              onClick={() => props.onPriority(priority === one ? null : one)}
            >
              <PriorityShape priority={one} filled={found.some(isUnacknowledged)} />
              <b>{found.length}</b>
              <span>{say.priorities[one]}</span>
            </button>
          );
        })}
      </div>
      <input
        ref={props.searchBox}
        type="search"
        aria-label={say.search}
        placeholder={`${say.search} ( / )`}
        value={props.query}
        onChange={(event) => props.onQuery(event.target.value)}
      />
      <select
        aria-label={say.sort}
        value={props.sort}
        onChange={(event) => props.onSort(event.target.value as Sort)}
      >
        {sorts.map((sort) => (
          <option key={sort} value={sort}>
            {say.sorts[sort]}
          </option>
        ))}
      </select>
      <SoundButton sound={props.sound} now={props.now} language={language} />
      <button
        type="button"
        className="kenh-key"
        aria-label={say.help}
        title={say.help}
        onClick={props.onHelp}
      >
        ?
      </button>
      <button type="button" lang={language === "vi" ? "en" : "vi"} onClick={props.onLanguage}>
        {say.switchLanguage}
      </button>
    </header>
  );
}
