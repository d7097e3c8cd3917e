import { useId } from "react";
import type { Language } from "../../../src/shared/language.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { ProfileChoice } from "./profile-choice.tsx";
import type { Guess, ListedProfile } from "./shapes.ts";
import { words } from "./words.ts";

interface Props {
  readonly language: Language;
  readonly guess: readonly Guess[];
  readonly profiles: readonly ListedProfile[];
  readonly value: string;
  /** Absent for whoever may only look. */
  readonly onChange: ((profile: string) => void) | undefined;
}

/** The profiles that might be meant, how sure each is and why; and any other. */
export function GuessChoice({ language, guess, profiles, value, onChange }: Props) {
  const say = words[language];
  const name = useId();
  const isGuessed = guess.some(({ profile }) => profile === value);
  return (
    <fieldset className="eng-guess" disabled={!onChange}>
      <legend>{say.profile}</legend>
      {guess.length === 0 && <p className="hint">{say.noGuess}</p>}
      {guess.map(({ profile, confidence, covers, lacks, why }) => (
        <label key={profile}>
          <input
            type="radio"
            name={name}
            checked={value === profile}
            onChange={() => onChange?.(profile)}
          />
          <span>
            <strong className="eng-code">{profile}</strong>{" "}
            <span className="eng-sure">{say.sure(Math.round(confidence * 100))}</span>
            <small>{textOf(why, language)}</small>
            {covers.length > 0 && (
              <small>
                {say.covers}: <span className="eng-code">{covers.join(", ")}</span>
              </small>
            )}
            {lacks.length > 0 && (
              <small className="eng-warn">
                {say.lacks}: <span className="eng-code">{lacks.join(", ")}</span>
              </small>
            )}
          </span>
        </label>
      ))}
      {onChange && (
        <ProfileChoice
          language={language}
          profiles={profiles}
          value={isGuessed ? "" : value}
          onChange={onChange}
        />
      )}
    </fieldset>
  );
}
