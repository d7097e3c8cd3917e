import type { Handover } from "@kenh/schemas";
import { type FormEvent, useRef, useState } from "react";
import { timeText } from "../../../src/shared/time-text.ts";
import { useDeed } from "../engineer/ask.ts";
import { FailureNote } from "../engineer/failure-note.tsx";
import { NameField } from "./name-field.tsx";
import { sendOnce } from "./send-once.ts";
import type { PageProps } from "./shift.tsx";
import { TextField } from "./text-field.tsx";
import { words } from "./words.ts";

interface Props extends Omit<PageProps, "mayOperate"> {
  readonly unit: string;
  /** The note that this one puts right; null for the shift's own. */
  readonly corrects: Pick<Handover, "id" | "at" | "outgoing"> | null;
  readonly onGiven: (note: Handover) => void;
  readonly onCancel?: () => void;
}

/** Who goes writes what the next shift has to know, and signs. */
export function GiveForm({ api, language, unit, corrects, onGiven, onCancel }: Props) {
  const say = words[language];
  const [name, setName] = useState("");
  const [text, setText] = useState(corrects?.outgoing.text ?? "");
  const deed = useDeed(onGiven);
  const sent = useRef({ body: "", key: "" });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const body = { unit, text, name, ...(corrects && { corrects: corrects.id }) };
    deed.run(() => sendOnce<Handover>(api, "/api/v1/handovers", body, sent.current));
  };
  return (
    <form className="shift-form" onSubmit={onSubmit}>
      {corrects && <p>{say.correcting(timeText(corrects.at))}</p>}
      <TextField label={say.text} text={text} required onText={setText} />
      <NameField name={name} language={language} onName={setName} />
      <p className="hint">{say.giveHint}</p>
      <FailureNote failure={deed.failure} language={language} />
      <div className="shift-buttons">
        <button
          type="submit"
          className="primary"
          disabled={deed.isBusy || text.trim() === "" || name.trim() === ""}
        >
          {say.give}
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>
            {say.cancel}
          </button>
        )}
      </div>
    </form>
  );
}
