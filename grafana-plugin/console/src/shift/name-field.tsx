import { useId } from "react";
import type { Language } from "../../../src/shared/language.ts";
import { words } from "./words.ts";

/** Asks for the name that goes into the note and the log: one token serves several people. */
export function NameField(props: {
  name: string;
  language: Language;
  onName: (name: string) => void;
}) {
  const id = useId();
  return (
    <div className="eng-field">
      <label htmlFor={id}>{words[props.language].name}</label>
      <input
        id={id}
        required
        maxLength={80}
        autoComplete="off"
        value={props.name}
        onChange={(event) => props.onName(event.target.value)}
      />
    </div>
  );
}
