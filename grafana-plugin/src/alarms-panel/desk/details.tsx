import type { Text } from "@kenh/schemas";
import { type ReactNode, useEffect, useRef } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { numberText } from "../../shared/reading-text.ts";
import { textOf } from "../../shared/text-of.ts";
import { timeText } from "../../shared/time-text.ts";
import { messageText, readingText, refusalText } from "../alarm-text.ts";
import type { CallKind, Refusal } from "../calls.ts";
import { isWaiting } from "../dispatch/dispatch-calls.ts";
import { DispatchPart } from "../dispatch/dispatch-part.tsx";
import { Place } from "../place.tsx";
import { PriorityMark } from "../priority-mark.tsx";
import { isUnacknowledged } from "../states.ts";
import { useRead } from "../use-read.ts";
import { words } from "../words.ts";
import { Trend } from "./trend.tsx";

/** One line of the history that the station gives. */
interface Transition {
  readonly at: number;
  readonly event: string;
  readonly value: number | null;
  readonly actor: string | null;
  readonly comment: string | null;
}

interface Props {
  readonly alarm: ShownAlarm;
  readonly language: Language;
  /** Milliseconds UTC by the station's clock. */
  readonly now: number;
  /** What explains it, in words. */
  readonly because: string;
  readonly explains: readonly ShownAlarm[];
  readonly offered: readonly CallKind[];
  readonly sending: CallKind | undefined;
  readonly refusal: Refusal | undefined;
  readonly onCall: (alarm: ShownAlarm, kind: CallKind) => void;
  readonly mayOperate: boolean;
  /** Gives it to an agency. */
  readonly onDispatch: (alarm: ShownAlarm) => void;
  readonly onClose: () => void;
}

/** All that is known of one alarm: what to do about it, how it came, and who did what. */
export function Details(props: Props) {
  const { alarm, language } = props;
  const say = words[language];
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const asked = useRead<{ history: readonly Transition[] }>(
    () => `alarms/${encodeURIComponent(alarm.id)}`,
    60_000,
    `${alarm.id} ${alarm.version}`,
  );
  const time = (ts: number | null) => (ts === null ? null : timeText(ts));
  const text = (one: Text) => (textOf(one, language) ? <bdi>{textOf(one, language)}</bdi> : null);
  const mayDispatch = props.mayOperate && !alarm.ward;
  return (
    <aside className="kenh-details" aria-label={say.details} data-priority={alarm.priority}>
      <header>
        <PriorityMark
          priority={alarm.priority}
          filled={isUnacknowledged(alarm)}
          word={say.priorities[alarm.priority]}
        />
        <h2 ref={title} tabIndex={-1}>
          <bdi>{messageText(alarm, language)}</bdi>
        </h2>
        <button type="button" className="kenh-open" aria-label={say.close} onClick={props.onClose}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3 3l10 10M13 3L3 13" />
          </svg>
        </button>
      </header>
      {(props.offered.length > 0 || mayDispatch) && (
        <div className="kenh-calls">
          {props.offered.map((kind) => (
            <button
              key={kind}
              type="button"
              className={kind === "acknowledge" ? "kenh-primary" : ""}
              disabled={props.sending !== undefined}
              onClick={() => props.onCall(alarm, kind)}
            >
              {props.sending === kind ? say.sending : say.calls[kind]}
            </button>
          ))}
          {mayDispatch && !(alarm.dispatch && isWaiting(alarm.dispatch)) && (
            <button type="button" onClick={() => props.onDispatch(alarm)}>
              {say.dispatch.calls.assign}
            </button>
          )}
        </div>
      )}
      {alarm.ward && <p className="kenh-hint">{say.keptBy(alarm.ward)}</p>}
      {props.refusal && (
        <p className="kenh-refusal" role="alert">
          {refusalText(props.refusal, say)}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keys too */}
      <section className="kenh-known" aria-label={messageText(alarm, language)} tabIndex={0}>
        <dl>
          <Fact name={say.action} value={text(alarm.action)} />
          <Fact name={say.reading} value={readingText(alarm, language)} />
          <Fact name={say.place} value={<Place alarm={alarm} language={language} />} />
        </dl>
        {alarm.dispatch && (
          <DispatchPart
            alarm={alarm}
            language={language}
            now={props.now}
            mayOperate={mayDispatch}
          />
        )}
        {alarm.value !== null && (
          <>
            <h3>{say.trend}</h3>
            <Trend key={alarm.id} alarm={alarm} language={language} now={props.now} />
          </>
        )}
        <dl>
          <Fact
            name={say.stateSince}
            value={
              say.states[alarm.state] +
              (alarm.shelvedUntil === null ? "" : ` ${say.until(timeText(alarm.shelvedUntil))}`)
            }
          />
          <Fact name={say.cause} value={props.because || text(alarm.cause)} />
          <Fact name={say.consequence} value={text(alarm.consequence)} />
          <Fact name={say.owner} value={text(alarm.owner)} />
          <Fact name={say.raisedAt} value={time(alarm.raisedAt)} />
          <Fact name={say.acknowledgedAt} value={time(alarm.acknowledgedAt)} />
          <Fact name={say.clearedAt} value={time(alarm.clearedAt)} />
        </dl>
        {alarm.chattering && <p className="kenh-hint">{say.chatteringHint}</p>}
        {props.explains.length > 0 && (
          <>
            <h3>{say.explains(props.explains.length)}</h3>
            <ul className="kenh-explained">
              {props.explains.slice(0, 20).map((one) => (
                <li key={one.id}>
                  <bdi>{messageText(one, language)}</bdi> ·{" "}
                  <Place alarm={one} language={language} />
                </li>
              ))}
            </ul>
          </>
        )}
        <h3>{say.history}</h3>
        {asked.failed && <p className="kenh-hint">{say.notRead}</p>}
        <ol className="kenh-history">
          {[...(asked.answer?.history ?? [])].reverse().map((line) => (
            <HistoryLine
              // Nothing else tells two transitions of the same instant apart.
              key={`${line.at} ${line.event} ${line.comment}`}
              line={line}
              alarm={alarm}
              language={language}
            />
          ))}
        </ol>
        <p className="kenh-identity">
          <bdi>{alarm.device}</bdi> · <bdi>{alarm.rule}</bdi>
        </p>
      </section>
    </aside>
  );
}

function HistoryLine(props: { line: Transition; alarm: ShownAlarm; language: Language }) {
  const { line, alarm, language } = props;
  const { events } = words[language];
  const name = line.event in events ? events[line.event as keyof typeof events] : line.event;
  // A suppression's comment is the id of the alarm that explains it: no words for people.
  const comment = line.event === "suppress" ? null : line.comment;
  return (
    <li>
      <time>{timeText(line.at)}</time>
      <span>
        <b>{name}</b>
        {line.value !== null && (
          <>
            {" "}
            <bdi>{numberText(line.value, alarm.unit, language)}</bdi>
          </>
        )}
        {line.actor && (
          <>
            {" · "}
            <bdi>{line.actor}</bdi>
          </>
        )}
        {comment && (
          <>
            {": "}
            <bdi>{textOf({ vi: comment, en: comment }, language)}</bdi>
          </>
        )}
      </span>
    </li>
  );
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  if (!value) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
