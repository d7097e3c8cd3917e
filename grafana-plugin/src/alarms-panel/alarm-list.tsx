import { type KeyboardEvent, useCallback, useMemo, useRef, useState } from "react";
import type { FrameReading, ShownAlarm } from "../shared/alarm-frame.ts";
import type { Language } from "../shared/language.ts";
import { clockText, timeText } from "../shared/time-text.ts";
import type { Acknowledge } from "./acknowledge.ts";
import { AlarmRow, alarmAge } from "./alarm-row.tsx";
import type { Options } from "./options.ts";
import { isUnacknowledged, order } from "./order.ts";
import { useAcknowledgement } from "./use-acknowledgement.ts";
import { words } from "./words.ts";

interface Props {
  readonly reading: FrameReading;
  /** The source says that it lost the station. */
  readonly cut: boolean;
  /** Milliseconds UTC by this computer's clock. */
  readonly now: number;
  readonly options: Options;
  readonly theme: "dark" | "light";
  readonly acknowledge: Acknowledge;
  readonly mayAcknowledge: boolean;
  readonly onLanguage: (language: Language) => void;
}

/** The list of alarms with its summary, its warning when the data are old, and its keys. */
export function AlarmList(props: Props) {
  const { reading, now, options } = props;
  const { language } = options;
  const say = words[language];
  const acknowledgement = useAcknowledgement(props.acknowledge);
  const alarms = useMemo(() => order(reading.alarms), [reading.alarms]).map(
    acknowledgement.current,
  );
  const rows = alarms.slice(0, options.maxRows);
  const [selectedId, setSelectedId] = useState<string>();
  const selected = rows.find((alarm) => alarm.id === selectedId) ?? rows[0];
  const list = useRef<HTMLUListElement>(null);
  // The row is drawn again only when its own words change, so the handler it gets must not.
  const send = useRef(acknowledgement.send);
  send.current = acknowledgement.send;
  const onAcknowledge = useCallback((alarm: ShownAlarm) => send.current(alarm), []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !selected) return;
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (step) {
      const next = list.current?.children[rows.indexOf(selected) + step];
      if (next instanceof HTMLElement) next.focus();
      event.preventDefault();
    } else if (event.key.toLowerCase() === "a") {
      if (props.mayAcknowledge && isUnacknowledged(selected)) onAcknowledge(selected);
      event.preventDefault();
    }
  };

  const { heardAt } = reading;
  const stale = props.cut || (heardAt !== null && now - heardAt > options.staleAfterS * 1000);
  return (
    <section
      className="kenh-alarms"
      data-theme={props.theme}
      aria-label={say.title}
      lang={language}
    >
      <div className="kenh-inner">
        <header className="kenh-summary">
          <Counts alarms={alarms} language={language} />
          <span className="kenh-keys">{props.mayAcknowledge && rows.length > 0 && say.keys}</span>
          <button
            type="button"
            className="kenh-language"
            lang={language === "vi" ? "en" : "vi"}
            onClick={() => props.onLanguage(language === "vi" ? "en" : "vi")}
          >
            {say.switchLanguage}
          </button>
        </header>
        {(stale || heardAt === null) && (
          <p className="kenh-banner" role="alert">
            {heardAt === null ? say.neverHeard : say.stale(timeText(heardAt))}
          </p>
        )}
        {reading.unreadable > 0 && (
          <p className="kenh-banner">{say.unreadable(reading.unreadable)}</p>
        )}
        {rows.length > 0 ? (
          // biome-ignore lint/a11y/noStaticElementInteractions: keys of the rows, which bubble here
          <div className="kenh-scroll" onKeyDown={onKeyDown}>
            <ul ref={list} aria-label={say.title}>
              {rows.map((alarm) => (
                <AlarmRow
                  key={alarm.id}
                  alarm={alarm}
                  language={language}
                  age={alarmAge(alarm, now, language)}
                  selected={alarm === selected}
                  sending={acknowledgement.isSending(alarm)}
                  refusal={acknowledgement.refusal(alarm)}
                  onAcknowledge={props.mayAcknowledge ? onAcknowledge : undefined}
                  onSelect={setSelectedId}
                />
              ))}
            </ul>
            {alarms.length > rows.length && (
              <p className="kenh-more">{say.more(alarms.length - rows.length)}</p>
            )}
          </div>
        ) : (
          heardAt !== null && (
            <div className="kenh-empty">
              <p>{say.empty}</p>
              <p>{say.emptyAsOf(clockText(heardAt))}</p>
            </div>
          )
        )}
      </div>
    </section>
  );
}

/** How many alarms are in which state, in words; states without an alarm are left out. */
function Counts(props: { alarms: readonly ShownAlarm[]; language: Language }) {
  const say = words[props.language].counts;
  const count = (state: string) => props.alarms.filter((alarm) => alarm.state === state).length;
  const counted = (Object.keys(say) as (keyof typeof say)[]).map((state) => ({
    state,
    count: count(state),
  }));
  return (
    <p className="kenh-counts">
      {counted.map(
        ({ state, count }) =>
          count > 0 && (
            <span key={state}>
              <b>{count}</b> {say[state]}
            </span>
          ),
      )}
    </p>
  );
}
