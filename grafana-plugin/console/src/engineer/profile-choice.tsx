import { useId } from "react";
import type { Language } from "../../../src/shared/language.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import type { ListedProfile } from "./shapes.ts";
import { words } from "./words.ts";

interface Props {
  readonly language: Language;
  readonly profiles: readonly ListedProfile[];
  readonly value: string;
  readonly onChange: (name: string) => void;
}

/** One profile of all there are, by what people call it. */
export function ProfileChoice({ language, profiles, value, onChange }: Props) {
  const say = words[language];
  const id = useId();
  return (
    <div className="eng-field" data-wide="true">
      <label htmlFor={id}>{say.profile}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{say.choose}</option>
        {profiles
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
          .map(({ name, label }) => (
            <option key={name} value={name}>
              {name} · {textOf(label, language)}
            </option>
          ))}
      </select>
    </div>
  );
}
