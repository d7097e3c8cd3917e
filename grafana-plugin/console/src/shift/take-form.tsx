import type { Handover } from "@kenh/schemas";
import { type FormEvent, useState } from "react";
import { post, useDeed } from "../engineer/ask.ts";
import { FailureNote } from "../engineer/failure-note.tsx";
import { NameField } from "./name-field.tsx";
import type { PageProps } from "./shift.tsx";
import { TextField } from "./text-field.tsx";
import { words } from "./words.ts";

interface Props extends Omit<PageProps, "mayOperate"> {
  readonly id: string;
  readonly onTaken: () => void;
}

/** Who comes signs, with what he has to say to it. */
export function TakeForm({ api, language, id, onTaken }: Props) {
  const say = words[language];
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const deed = useDeed<Handover>(onTaken);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const body = { name, ...(text.trim() !== "" && { text }) };
    deed.run(() => post<Handover>(api, `/api/v1/handovers/${id}/take-over`, body));
  };
  return (
    <form className="shift-form" onSubmit={onSubmit}>
      <TextField label={say.takeText} text={text} onText={setText} />
      <NameField name={name} language={language} onName={setName} />
      <FailureNote failure={deed.failure} language={language} />
      <div className="shift-buttons">
        <button type="submit" className="primary" disabled={deed.isBusy || name.trim() === ""}>
          {say.take}
        </button>
      </div>
    </form>
  );
}
