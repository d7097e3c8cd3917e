import { type FormEvent, useId, useState } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { ageText, timeText } from "../../shared/time-text.ts";
import { messageText } from "../alarm-text.ts";
import type { Call } from "../calls.ts";
import { words } from "../words.ts";
import { useModal } from "./use-modal.ts";

/** A call that needs words of the operator before it is sent. */
export type AskedKind = "acknowledge" | "shelve" | "out-of-service" | "comment";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** How long an alarm may be hidden; the station refuses more. The first is what is usual. */
const durations: Record<AskedKind, readonly number[]> = {
  acknowledge: [],
  // At most a shift.
  shelve: [hourMs, 15 * minuteMs, 4 * hourMs, 8 * hourMs],
  // A repair, at most a month.
  "out-of-service": [24 * hourMs, 8 * hourMs, 7 * 24 * hourMs, 30 * 24 * hourMs],
  comment: [],
};
const mostCharacters = 1000;

interface Props {
  readonly kind: AskedKind;
  readonly alarms: readonly ShownAlarm[];
  readonly language: Language;
  /** Milliseconds UTC by the station's clock. */
  readonly now: number;
  readonly onSend: (call: Call) => void;
  readonly onClose: () => void;
}

/**
 * Asks for the reason, and for how long: nothing is hidden without either. And what is being done, when
 * an alarm of the first priority is acknowledged.
 */
export function AskDialog({ kind, alarms, language, now, onSend, onClose }: Props) {
  const say = words[language];
  const id = useId();
  const dialog = useModal();
  const [comment, setComment] = useState("");
  const [duration, setDuration] = useState(durations[kind][0] ?? 0);

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const text = comment.trim();
    if (!text) return;
    onSend(
      kind === "shelve" || kind === "out-of-service"
        ? { kind, comment: text, until: now + duration }
        : { kind, comment: text },
    );
  };

  const [first] = alarms;
  const hides = durations[kind].length > 0;
  return (
    <dialog ref={dialog} className="kenh-dialog" aria-labelledby={`${id}-title`} onClose={onClose}>
      <form method="dialog" onSubmit={onSubmit}>
        <h2 id={`${id}-title`}>{say.calls[kind]}</h2>
        <p className="kenh-about">
          <bdi>
            {alarms.length === 1 && first
              ? messageText(first, language)
              : say.ofAlarms(alarms.length)}
          </bdi>
        </p>
        <label htmlFor={`${id}-reason`}>{hides ? say.reason : say.note}</label>
        <input
          id={`${id}-reason`}
          autoFocus
          required
          maxLength={mostCharacters}
          autoComplete="off"
          value={comment}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setComment(event.target.value)}
        />
        {kind !== "comment" && (
          <div className="kenh-choices">
            {(hides ? say.reasons : say.answers).map((text) => (
              <button
                key={text}
                type="button"
                aria-pressed={comment === text}
                onClick={() => setComment(text)}
              >
                {text}
              </button>
            ))}
          </div>
        )}
        <p id={`${id}-hint`} className="kenh-hint">
          {kind === "acknowledge" ? say.answerHint : say.reasonHint}
        </p>
        {hides && (
          <fieldset>
            <legend>{say.duration}</legend>
            <div className="kenh-choices">
              {durations[kind]
                .toSorted((a, b) => a - b)
                .map((ms) => (
                  <label key={ms} className="kenh-choice">
                    <input
                      type="radio"
                      name={`${id}-duration`}
                      checked={duration === ms}
                      onChange={() => setDuration(ms)}
                    />
                    {ageText(ms, language)}
                  </label>
                ))}
            </div>
            <p className="kenh-hint">{say.until(timeText(now + duration))}</p>
          </fieldset>
        )}
        <div className="kenh-buttons">
          <button type="button" onClick={onClose}>
            {say.cancel}
          </button>
          <button type="submit" className="kenh-primary" disabled={!comment.trim()}>
            {say.calls[kind]}
          </button>
        </div>
      </form>
    </dialog>
  );
}
