import type { ChangeEvent } from "react";
import type { Language } from "../../../src/shared/language.ts";
import type { Deed } from "./ask.ts";
import { DraftNotes } from "./draft-notes.tsx";
import type { Drafted } from "./drafting.ts";
import { Said } from "./said-text.tsx";
import type { ProfileCheck } from "./shapes.ts";
import { words } from "./words.ts";

/** A walk of a large switch fits; a picture does not. */
const mostBytes = 8 * 1024 * 1024;

interface Props {
  readonly language: Language;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** Those that stand in the profile. */
  readonly samples: ProfileCheck["samples"];
  readonly drafted: Drafted | null;
  readonly drafting: Deed<Drafted>;
  /** Absent for whoever may change nothing. */
  readonly onDraft: (() => void) | undefined;
}

/** What a device has said: pasted, from a file, or from the profile's own samples; and the way to a draft. */
export function SamplePane(props: Props) {
  const { language, value, onChange, samples, drafted, drafting, onDraft } = props;
  const say = words[language];
  const onFile = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    if (file && file.size <= mostBytes) onChange(await file.text());
    // The same file may be chosen again.
    target.value = "";
  };
  return (
    <section aria-label={say.sample}>
      <h2>{say.sample}</h2>
      <textarea
        className="eng-sample"
        aria-label={say.sample}
        placeholder={say.samplePlaceholder}
        value={value}
        spellCheck={false}
        autoCapitalize="off"
        dir="ltr"
        onChange={(event) => onChange(event.target.value)}
      />
      <div className="eng-actions">
        {samples.length > 0 && (
          <label>
            {say.samplesOf}{" "}
            <select
              value=""
              onChange={({ target }) =>
                onChange(JSON.stringify(samples[Number(target.value)]?.says, null, 2))
              }
            >
              <option value="" disabled>
                {say.choose}
              </option>
              {samples.map(({ name }, index) => (
                <option key={name} value={index}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label className="eng-file">
          <span>{say.openFile}</span>
          <input type="file" onChange={onFile} />
        </label>
        {onDraft && (
          <button
            type="button"
            className="primary"
            disabled={drafting.isBusy || value.trim() === ""}
            onClick={onDraft}
          >
            {say.draft}
          </button>
        )}
      </div>
      {drafting.failure && (
        <div className="problem" role="alert">
          <p>{say.noDraft}</p>
          <p className="eng-said">
            <Said text={drafting.failure.detail} language={language} />
          </p>
        </div>
      )}
      {drafted && <DraftNotes draft={drafted.draft} language={language} />}
    </section>
  );
}
