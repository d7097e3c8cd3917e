import type { Language } from "../../../src/shared/language.ts";
import { clockText } from "../../../src/shared/time-text.ts";
import type { Failure } from "./ask.ts";
import { Said } from "./said-text.tsx";
import { words } from "./words.ts";

interface Props {
  readonly failure: Failure | null;
  readonly language: Language;
  /** When what is still shown came; null where nothing is. */
  readonly at?: number | null;
  readonly onAgain?: () => void;
}

/** Why something is not there or was not done, in words, and what the station itself said. */
export function FailureNote({ failure, language, at = null, onAgain }: Props) {
  if (!failure) return null;
  const say = words[language];
  const { status, detail } = failure;
  const known = say.failures[status as keyof typeof say.failures];
  return (
    <div className="problem eng-failure" role="alert">
      <p>
        {known ?? say.failed(status)}
        {at !== null && ` ${say.asOf(clockText(at))}`}
      </p>
      {status !== 0 && detail && (
        <p className="eng-said">
          <Said text={detail} language={language} />
        </p>
      )}
      {onAgain && (
        <button type="button" onClick={onAgain}>
          {say.again}
        </button>
      )}
    </div>
  );
}
