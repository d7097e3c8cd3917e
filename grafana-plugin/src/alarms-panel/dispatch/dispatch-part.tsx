import type { Dispatch } from "@kenh/schemas";
import { useState } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { textOf } from "../../shared/text-of.ts";
import { ageText, timeText } from "../../shared/time-text.ts";
import { messageText, refusalText } from "../alarm-text.ts";
import type { Refusal } from "../calls.ts";
import { randomKey } from "../use-actions.ts";
import { useRead } from "../use-read.ts";
import { words } from "../words.ts";
import { callOn, type DispatchKind, isWaiting, offeredFor } from "./dispatch-calls.ts";
import { DispatchDialog } from "./dispatch-dialog.tsx";
import { DispatchStanding } from "./dispatch-mark.tsx";

interface Props {
  readonly alarm: ShownAlarm;
  readonly language: Language;
  /** Milliseconds UTC by the station's clock. */
  readonly now: number;
  readonly mayOperate: boolean;
}

/** Who deals with an alarm, by when, and what came of it; the earlier ones below. */
export function DispatchPart({ alarm, language, now, mayOperate }: Props) {
  const say = words[language].dispatch;
  const asked = useRead<{ dispatches: readonly Dispatch[] }>(
    () => `dispatches?alarm=${encodeURIComponent(alarm.id)}`,
    60_000,
    `${alarm.id} ${alarm.version}`,
  );
  const found = asked.answer?.dispatches ?? [];
  if (found.length === 0) return null;
  return (
    <section className="kenh-dispatches" aria-label={say.title}>
      <h3>{say.title}</h3>
      {found.map((one) => (
        <OneDispatch
          key={one.id}
          dispatch={one}
          about={messageText(alarm, language)}
          language={language}
          now={now}
          mayOperate={mayOperate}
        />
      ))}
    </section>
  );
}

function OneDispatch(props: {
  dispatch: Dispatch;
  about: string;
  language: Language;
  now: number;
  mayOperate: boolean;
}) {
  const { dispatch, about, language, now } = props;
  const say = words[language];
  const [asking, setAsking] = useState<Exclude<DispatchKind, "accept">>();
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const { deadline } = dispatch;
  const isWith = dispatch.state === "assigned" || dispatch.state === "accepted";
  const left =
    deadline > now
      ? say.remaining(ageText(deadline - now, language))
      : say.dispatch.over(ageText(now - deadline, language));

  async function accept(): Promise<void> {
    setSending(true);
    setRefusal(await callOn(dispatch, "accept", {}, randomKey()));
    setSending(false);
  }
  return (
    <article
      className="kenh-dispatch"
      data-over={!isWaiting(dispatch)}
      data-overdue={dispatch.overdue}
    >
      <p className="kenh-dispatch-head">
        <DispatchStanding dispatch={dispatch} language={language} />
        <bdi>{textOf(dispatch.label, language) || dispatch.agency}</bdi>
      </p>
      <p>
        <bdi>{dispatch.instruction}</bdi>
      </p>
      <p className="kenh-hint">
        {say.dispatch.by} {timeText(deadline)}
        {isWith && ` · ${left}`}
      </p>
      {props.mayOperate && (
        <div className="kenh-calls">
          {offeredFor(dispatch).map((kind) => (
            <button
              key={kind}
              type="button"
              disabled={sending}
              onClick={() => (kind === "accept" ? accept() : setAsking(kind))}
            >
              {say.dispatch.calls[kind]}
            </button>
          ))}
        </div>
      )}
      {refusal && (
        <p className="kenh-refusal" role="alert">
          {refusalText(refusal, say)}
        </p>
      )}
      <ol className="kenh-history">
        {dispatch.history.toReversed().map((line) => (
          <li key={line.alarmVersion}>
            <time>{timeText(line.at)}</time>
            <span>
              <b>{say.dispatch.events[line.event]}</b>
              {line.actor && (
                <>
                  {" · "}
                  <bdi>{line.actor}</bdi>
                </>
              )}
              {line.comment && line.event !== "assign" && (
                <>
                  {": "}
                  <bdi>{line.comment}</bdi>
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
      {asking && (
        <DispatchDialog
          kind={asking}
          alarm={dispatch.alarm}
          about={about}
          language={language}
          now={now}
          send={(answer, key) => callOn(dispatch, asking, answer, key)}
          onClose={() => setAsking(undefined)}
        />
      )}
    </article>
  );
}
