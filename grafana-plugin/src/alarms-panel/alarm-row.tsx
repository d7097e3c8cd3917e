import { memo } from "react";
import type { ShownAlarm } from "../shared/alarm-frame.ts";
import type { Language } from "../shared/language.ts";
import { alarmReadingText } from "../shared/reading-text.ts";
import { textOf } from "../shared/text-of.ts";
import { ageText, timeText } from "../shared/time-text.ts";
import type { Refusal } from "./acknowledge.ts";
import { isPutAside, isUnacknowledged } from "./order.ts";
import { PriorityMark } from "./priority-mark.tsx";
import { type Words, words } from "./words.ts";

interface Props {
  readonly alarm: ShownAlarm;
  readonly language: Language;
  /** Age of the alarm in words; a text, so that a row is drawn again only when it changes. */
  readonly age: string | null;
  readonly selected: boolean;
  readonly sending: boolean;
  readonly refusal: Refusal | undefined;
  /** Absent for people who may only look. */
  readonly onAcknowledge: ((alarm: ShownAlarm) => void) | undefined;
  readonly onSelect: (id: string) => void;
}

/** One alarm: what, where, how much, in which state, since when, and the button to acknowledge it. */
export const AlarmRow = memo(function AlarmRow(props: Props) {
  const { alarm, language, onAcknowledge } = props;
  const say = words[language];
  const waits = isUnacknowledged(alarm);
  return (
    <li
      className="kenh-alarm"
      data-id={alarm.id}
      data-priority={alarm.priority}
      data-state={alarm.state}
      data-aside={isPutAside(alarm)}
      // A row is selected with the keyboard, then acknowledged with one key.
      tabIndex={props.selected ? 0 : -1}
      onFocus={() => props.onSelect(alarm.id)}
    >
      <PriorityMark
        priority={alarm.priority}
        filled={waits}
        word={say.priorities[alarm.priority]}
      />
      <div className="kenh-what">
        <p className="kenh-message">
          <bdi>{textOf(alarm.message, language) || alarm.rule}</bdi>
        </p>
        {alarm.value !== null && (
          <p className="kenh-reading">
            {alarmReadingText({ ...alarm, value: alarm.value }, language)}
          </p>
        )}
        <p className="kenh-where">
          <bdi>{placeText(alarm, language)}</bdi>
        </p>
        {textOf(alarm.action, language) && (
          <p className="kenh-action">
            <span>{say.action}:</span> <bdi>{textOf(alarm.action, language)}</bdi>
          </p>
        )}
      </div>
      <div className="kenh-when">
        <p className="kenh-state">{say.states[alarm.state]}</p>
        {alarm.raisedAt !== null && (
          <p>
            <time dateTime={new Date(alarm.raisedAt).toISOString()}>
              {timeText(alarm.raisedAt)}
            </time>
          </p>
        )}
        {props.age && (
          <p className="kenh-age">
            {props.age} {say.age}
          </p>
        )}
      </div>
      <div className="kenh-act">
        {waits && onAcknowledge && (
          <button
            type="button"
            tabIndex={props.selected ? 0 : -1}
            disabled={props.sending}
            onClick={() => onAcknowledge(alarm)}
          >
            {props.sending ? say.acknowledging : say.acknowledge}
          </button>
        )}
      </div>
      {props.refusal && (
        <p className="kenh-refusal" role="alert">
          {refusalText(props.refusal, say)}
        </p>
      )}
    </li>
  );
});

/** The age of an alarm in words, null where it was never raised. */
export function alarmAge(alarm: ShownAlarm, now: number, language: Language): string | null {
  return alarm.raisedAt === null ? null : ageText(now - alarm.raisedAt, language);
}

/** Site and device as people call them; the identity where the registry has no words. */
function placeText(alarm: ShownAlarm, language: Language): string {
  const labels = [alarm.siteLabel, alarm.deviceLabel].flatMap((label) =>
    label ? [textOf(label, language)] : [],
  );
  return labels.length > 0 ? labels.join(" · ") : alarm.device;
}

function refusalText(refusal: Refusal, say: Words): string {
  return refusal.kind === "failed" ? say.failed(refusal.status) : say.refused[refusal.kind];
}
