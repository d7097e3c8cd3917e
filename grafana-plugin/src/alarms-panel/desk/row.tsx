import { memo } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { timeText } from "../../shared/time-text.ts";
import { messageText, readingText, refusalText } from "../alarm-text.ts";
import type { CallKind, Refusal } from "../calls.ts";
import { DispatchChip } from "../dispatch/dispatch-mark.tsx";
import type { AlarmItem } from "../items.ts";
import { Place } from "../place.tsx";
import { PriorityMark } from "../priority-mark.tsx";
import { isPutAside, isUnacknowledged } from "../states.ts";
import { words } from "../words.ts";

/** What a row can ask of the list; all of them stay the same from drawing to drawing. */
export interface RowHandlers {
  readonly onSelect: (key: string) => void;
  readonly onCheck: (key: string) => void;
  readonly onExpand: (key: string) => void;
  readonly onOpen: (key: string) => void;
  readonly onCall: (alarm: ShownAlarm, kind: CallKind) => void;
}

interface Props extends RowHandlers, Omit<AlarmItem, "kind" | "key"> {
  /** The key of its line; React keeps `key` for itself. */
  readonly line: string;
  readonly language: Language;
  readonly index: number;
  readonly count: number;
  readonly top: number;
  /** Age, or what is left of a shelving, in words: a text, so that a row is drawn again only when it changes. */
  readonly age: string;
  /** What explains it, in words. */
  readonly because: string;
  readonly selected: boolean;
  readonly checked: boolean;
  /** It is over, and keeps its place until the hand is off the list. */
  readonly gone: boolean;
  readonly checkable: boolean;
  readonly sending: CallKind | undefined;
  readonly refusal: Refusal | undefined;
  /** The call that the row offers first. */
  readonly offered: CallKind | undefined;
}

/** One alarm: what, where, how much, in which state, since when, and what one may do. */
export const AlarmRow = memo(function AlarmRow(props: Props) {
  const { alarm, line, language, offered } = props;
  const say = words[language];
  const message = messageText(alarm, language);
  const reading = readingText(alarm, language);
  const tabIndex = props.selected ? 0 : -1;
  return (
    <li
      className="kenh-row"
      data-id={line}
      data-priority={alarm.priority}
      data-state={alarm.state}
      data-aside={isPutAside(alarm)}
      data-gone={props.gone}
      data-plain={reading === ""}
      data-nested={props.nested}
      data-checked={props.checked}
      aria-setsize={props.count}
      aria-posinset={props.index + 1}
      aria-current={props.selected}
      // A row is selected with the keyboard, then acted upon with one key.
      tabIndex={tabIndex}
      style={{ top: props.top }}
      onFocus={() => props.onSelect(line)}
    >
      {props.checkable && (
        <label className="kenh-check">
          <input
            type="checkbox"
            tabIndex={tabIndex}
            checked={props.checked}
            aria-label={say.select(message)}
            onChange={() => props.onCheck(line)}
          />
        </label>
      )}
      <PriorityMark
        priority={alarm.priority}
        filled={isUnacknowledged(alarm) && !props.gone}
        word={say.priorities[alarm.priority]}
      />
      <p className="kenh-message">
        <bdi>{message}</bdi>
      </p>
      {reading && (
        <p className="kenh-reading">
          <ReadingText text={reading} />
        </p>
      )}
      <p className="kenh-state">{props.gone ? say.states.normal : say.states[alarm.state]}</p>
      {props.refusal ? (
        <p className="kenh-refusal" role="alert">
          {refusalText(props.refusal, say)}
        </p>
      ) : (
        <>
          <p className="kenh-where">
            {props.below > 0 && (
              <button
                type="button"
                className="kenh-more"
                tabIndex={tabIndex}
                aria-expanded={props.expanded}
                onClick={() => props.onExpand(line)}
              >
                {props.expanded ? say.hideExplained : say.explains(props.below)}
              </button>
            )}
            {alarm.dispatch && <DispatchChip dispatch={alarm.dispatch} language={language} />}
            {props.firstOut && <span className="kenh-chip">{say.firstOut}</span>}
            {alarm.cameLate && <span className="kenh-chip">{say.cameLate}</span>}
            {alarm.chattering && <span className="kenh-chip">{say.chattering}</span>}
            {alarm.stale && <span className="kenh-chip">{say.stale}</span>}
            <Place alarm={alarm} language={language} />
            {props.because && !props.nested && <bdi className="kenh-because">{props.because}</bdi>}
            {isPutAside(alarm) && alarm.state !== "suppressed" && alarm.reason && (
              <bdi className="kenh-because">{alarm.reason}</bdi>
            )}
          </p>
          <p className="kenh-when">
            {alarm.raisedAt !== null && (
              <time className="kenh-at" dateTime={new Date(alarm.raisedAt).toISOString()}>
                {timeText(alarm.raisedAt)}
              </time>
            )}
            <span>{props.age}</span>
          </p>
        </>
      )}
      <div className="kenh-act">
        {offered && !props.gone && (
          <button
            type="button"
            tabIndex={tabIndex}
            disabled={props.sending !== undefined}
            onClick={() => props.onCall(alarm, offered)}
          >
            {props.sending ? say.sending : say.calls[offered]}
          </button>
        )}
        <button
          type="button"
          className="kenh-open"
          tabIndex={tabIndex}
          aria-label={`${say.details}: ${message}`}
          title={say.details}
          onClick={() => props.onOpen(line)}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M6 3l5 5-5 5" />
          </svg>
        </button>
      </div>
    </li>
  );
});

/** Where a reading does not fit its column, what stands in brackets goes below it whole. */
export function ReadingText({ text }: { text: string }) {
  const at = text.indexOf(" (");
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)} <span>{text.slice(at + 1)}</span>
    </>
  );
}
