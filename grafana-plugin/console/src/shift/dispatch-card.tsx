import type { Dispatch } from "@kenh/schemas";
import { type FormEvent, useId, useRef, useState } from "react";
import {
  type DispatchKind,
  isWaiting,
  offeredFor,
} from "../../../src/alarms-panel/dispatch/dispatch-calls.ts";
import { DispatchStanding } from "../../../src/alarms-panel/dispatch/dispatch-mark.tsx";
import { words as panelWords } from "../../../src/alarms-panel/words.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { ageText, timeText } from "../../../src/shared/time-text.ts";
import { useDeed } from "../engineer/ask.ts";
import { FailureNote } from "../engineer/failure-note.tsx";
import { sendOnce } from "./send-once.ts";
import type { PageProps } from "./shift.tsx";
import { words } from "./words.ts";

/** To whom else it may be given is asked beside its alarm. */
type Offered = Exclude<DispatchKind, "reassign">;

interface Props extends PageProps {
  readonly dispatch: Dispatch;
  /** Whoever sees the device takes back; an agency sends back. */
  readonly mayWithdraw: boolean;
  readonly onDone: () => void;
}

/** One dispatch: what is wrong where, what is to be done by when, and the answers that there are. */
export function DispatchCard(props: Props) {
  const { api, language, mayOperate, dispatch, onDone } = props;
  const say = words[language];
  const panel = panelWords[language];
  const id = useId();
  const [asking, setAsking] = useState<Offered>();
  const [comment, setComment] = useState("");
  const sent = useRef({ body: "", key: "" });
  const deed = useDeed<Dispatch>(() => {
    setAsking(undefined);
    setComment("");
    onDone();
  });
  const tell = (kind: Offered, said?: string): void => {
    const body = { version: dispatch.version, ...(said !== undefined && { comment: said }) };
    const path = `/api/v1/dispatches/${dispatch.id}/${kind}`;
    deed.run(() => sendOnce<Dispatch>(api, path, body, sent.current));
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (asking) tell(asking, comment.trim());
  };
  const { deadline } = dispatch;
  const left = deadline - Date.now();
  const calls = offeredFor(dispatch).filter(
    (kind): kind is Offered => kind !== "reassign" && (kind !== "withdraw" || props.mayWithdraw),
  );
  return (
    <article
      className="eng-card shift-dispatch"
      data-overdue={dispatch.overdue}
      data-over={!isWaiting(dispatch)}
      aria-label={textOf(dispatch.message, language)}
    >
      <p className="shift-standing">
        <DispatchStanding dispatch={dispatch} language={language} />
        <bdi>{textOf(dispatch.label, language) || dispatch.agency}</bdi>
      </p>
      <h3>
        {panel.priorities[dispatch.priority]}: <bdi>{textOf(dispatch.message, language)}</bdi>
      </h3>
      <p>
        <bdi>{textOf(dispatch.place, language)}</bdi>
      </p>
      <p className="shift-said">
        <b>{say.instruction}:</b> <bdi>{dispatch.instruction}</bdi>
      </p>
      <p className="eng-facts">
        <span>
          {say.deadline} {timeText(deadline)}
          {(dispatch.state === "assigned" || dispatch.state === "accepted") &&
            ` · ${left > 0 ? panel.remaining(ageText(left, language)) : panel.dispatch.over(ageText(-left, language))}`}
        </span>
        <span>
          {say.assignedBy} <bdi>{dispatch.assignedBy}</bdi>
        </span>
      </p>
      <FailureNote failure={deed.failure} language={language} />
      {mayOperate && !asking && (
        <div className="shift-buttons">
          {calls.map((kind) => (
            <button
              key={kind}
              type="button"
              className={kind === "accept" ? "primary" : ""}
              disabled={deed.isBusy}
              onClick={() => (kind === "accept" ? tell(kind) : setAsking(kind))}
            >
              {panel.dispatch.calls[kind]}
            </button>
          ))}
        </div>
      )}
      {asking && asking !== "accept" && (
        <form className="shift-form" onSubmit={onSubmit}>
          <div className="eng-field">
            <label htmlFor={id}>{panel.dispatch.asks[asking]}</label>
            <input
              id={id}
              ref={(element) => element?.focus()}
              required
              maxLength={1000}
              autoComplete="off"
              value={comment}
              onChange={(event) => setComment(event.target.value)}
            />
          </div>
          <div className="shift-buttons">
            <button
              type="submit"
              className="primary"
              disabled={deed.isBusy || comment.trim() === ""}
            >
              {panel.dispatch.calls[asking]}
            </button>
            <button type="button" onClick={() => setAsking(undefined)}>
              {say.cancel}
            </button>
          </div>
        </form>
      )}
      <details>
        <summary>{say.history}</summary>
        <ol className="shift-history">
          {dispatch.history.map((line) => (
            <li key={line.alarmVersion}>
              <time className="eng-when">{timeText(line.at)}</time>{" "}
              <b>{panel.dispatch.events[line.event]}</b>
              {line.actor && (
                <>
                  {" · "}
                  <bdi>{line.actor}</bdi>
                </>
              )}
              {line.comment && (
                <>
                  {": "}
                  <bdi>{line.comment}</bdi>
                </>
              )}
            </li>
          ))}
        </ol>
      </details>
    </article>
  );
}
