import { useId } from "react";

/** Asks for some lines of text. */
export function TextField(props: {
  label: string;
  text: string;
  required?: boolean;
  onText: (text: string) => void;
}) {
  const id = useId();
  return (
    <div className="eng-field">
      <label htmlFor={id}>{props.label}</label>
      <textarea
        id={id}
        rows={5}
        required={props.required ?? false}
        maxLength={4000}
        value={props.text}
        onChange={(event) => props.onText(event.target.value)}
      />
    </div>
  );
}
