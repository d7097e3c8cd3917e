import type { Text } from "@kenh/schemas";
import { type FormEvent, useId, useRef, useState } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { textOf } from "../../shared/text-of.ts";
import { ageText, timeText } from "../../shared/time-text.ts";
import { messageText, refusalText } from "../alarm-text.ts";
import type { Refusal } from "../calls.ts";
import { useModal } from "../desk/use-modal.ts";
import { randomKey } from "../use-actions.ts";
import { useRead } from "../use-read.ts";
import { words } from "../words.ts";
import { assign, type DispatchAnswer, type DispatchKind } from "./dispatch-calls.ts";

interface Agency {
  readonly agency: string;
  readonly label: Text;
}

const minuteMs = 60_000;
/** How long an agency is given: a quarter of a shift, to days for a repair. The first is what is usual. */
const minutes = [60, 30, 120, 240, 480, 24 * 60, 3 * 24 * 60] as const;
const mostCharacters = 1000;

interface Props {
  readonly kind: "assign" | Exclude<DispatchKind, "accept">;
  /** Of the alarm. */
  readonly alarm: string;
  readonly about: string;
  readonly language: Language;
  /** Milliseconds UTC by the station's clock. */
  readonly now: number;
  /** Null when it is done. */
  readonly send: (answer: DispatchAnswer, key: string) => Promise<Refusal | null>;
  readonly onClose: () => void;
}

/** Asks to whom, by when and what for; or for the reason. Stays open until the station has taken it. */
export function DispatchDialog({ kind, alarm, about, language, now, send, onClose }: Props) {
  const say = words[language];
  const id = useId();
  const dialog = useModal();
  const orders = kind === "assign" || kind === "reassign";
  const agencies = useRead<{ agencies: readonly Agency[] }>(
    orders ? () => `dispatches/agencies?alarm=${encodeURIComponent(alarm)}` : null,
    60_000,
    alarm,
  );
  const [agency, setAgency] = useState("");
  const [given, setGiven] = useState<number>(minutes[0]);
  const [instruction, setInstruction] = useState("");
  const [comment, setComment] = useState("");
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  /** The same answer sent again is the same call. */
  const sent = useRef({ answer: "", key: "" });

  const order = { agency, minutes: given, instruction: instruction.trim() };
  const asksComment = kind !== "assign";
  const complete =
    (!orders || (order.agency !== "" && order.instruction !== "")) &&
    (!asksComment || comment.trim() !== "");

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    if (!complete || sending) return;
    const answer = { ...(orders && order), ...(asksComment && { comment: comment.trim() }) };
    const text = JSON.stringify(answer);
    if (sent.current.answer !== text) sent.current = { answer: text, key: randomKey() };
    setSending(true);
    const refused = await send(answer, sent.current.key);
    setSending(false);
    setRefusal(refused);
    if (refused === null) onClose();
  };

  return (
    <dialog ref={dialog} className="kenh-dialog" aria-labelledby={`${id}-title`} onClose={onClose}>
      <form method="dialog" onSubmit={onSubmit}>
        <h2 id={`${id}-title`}>{say.dispatch.calls[kind]}</h2>
        <p className="kenh-about">
          <bdi>{about}</bdi>
        </p>
        {orders && (
          <>
            <label htmlFor={`${id}-agency`}>{say.dispatch.agency}</label>
            <select
              id={`${id}-agency`}
              required
              value={agency}
              onChange={(event) => setAgency(event.target.value)}
            >
              <option value="" disabled>
                {say.dispatch.choose}
              </option>
              {agencies.answer?.agencies.map((one) => (
                <option key={one.agency} value={one.agency}>
                  {textOf(one.label, language) || one.agency}
                </option>
              ))}
            </select>
            {agencies.failed && <p className="kenh-hint">{say.notRead}</p>}
            {agencies.answer?.agencies.length === 0 && (
              <p className="kenh-hint">{say.dispatch.none}</p>
            )}
            <fieldset>
              <legend>{say.dispatch.deadline}</legend>
              <div className="kenh-choices">
                {minutes
                  .toSorted((a, b) => a - b)
                  .map((count) => (
                    <label key={count} className="kenh-choice">
                      <input
                        type="radio"
                        name={`${id}-minutes`}
                        checked={given === count}
                        onChange={() => setGiven(count)}
                      />
                      {ageText(count * minuteMs, language)}
                    </label>
                  ))}
              </div>
              <p className="kenh-hint">{say.until(timeText(now + given * minuteMs))}</p>
            </fieldset>
            <label htmlFor={`${id}-instruction`}>{say.dispatch.instruction}</label>
            <input
              id={`${id}-instruction`}
              required
              maxLength={mostCharacters}
              autoComplete="off"
              value={instruction}
              onChange={(event) => setInstruction(event.target.value)}
            />
            <div className="kenh-choices">
              {say.dispatch.instructions.map((text) => (
                <button
                  key={text}
                  type="button"
                  aria-pressed={instruction === text}
                  onClick={() => setInstruction(text)}
                >
                  {text}
                </button>
              ))}
            </div>
          </>
        )}
        {asksComment && (
          <>
            <label htmlFor={`${id}-comment`}>{say.dispatch.asks[kind]}</label>
            <input
              id={`${id}-comment`}
              required
              maxLength={mostCharacters}
              autoComplete="off"
              value={comment}
              onChange={(event) => setComment(event.target.value)}
            />
          </>
        )}
        <p className="kenh-hint">{say.dispatch.hint}</p>
        {refusal && (
          <p className="kenh-refusal" role="alert">
            {refusalText(refusal, say)}
          </p>
        )}
        <div className="kenh-buttons">
          <button type="button" onClick={onClose}>
            {say.cancel}
          </button>
          <button type="submit" className="kenh-primary" disabled={!complete || sending}>
            {sending ? say.sending : say.dispatch.calls[kind]}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Gives an alarm to an agency. */
export function AssignDialog(
  props: Pick<Props, "language" | "now" | "onClose"> & { readonly alarm: ShownAlarm },
) {
  const { alarm, ...rest } = props;
  return (
    <DispatchDialog
      {...rest}
      kind="assign"
      alarm={alarm.id}
      about={messageText(alarm, props.language)}
      send={(answer, key) => assign(alarm.id, answer, key)}
    />
  );
}
