import type { Language } from "../../../src/shared/language.ts";
import { Said } from "./said-text.tsx";
import type { Fault } from "./shapes.ts";
import { words } from "./words.ts";

interface Props {
  readonly id: string;
  readonly faults: readonly Fault[] | null;
  readonly language: Language;
  readonly onLine: (line: number) => void;
}

/** Faults that are listed; a file that is none at all has hundreds. */
const most = 50;

/** What is wrong with the profile: a way to each line, the word that is meant, and the way out. */
export function Faults({ id, faults, language, onLine }: Props) {
  const say = words[language];
  return (
    <div id={id} className="eng-faults" aria-live="polite">
      {faults === null && <p className="hint">{say.checking}</p>}
      {faults?.length === 0 && <p className="eng-good">{say.noFaults}</p>}
      {faults && faults.length > 0 && (
        <>
          <p className="eng-bad">{say.faultCount(faults.length)}</p>
          <ul>
            {faults.slice(0, most).map(({ line, path, message }) => (
              <li key={`${line} ${path.join(".")} ${message}`}>
                <button type="button" onClick={() => onLine(line)}>
                  {say.line(line)}
                </button>{" "}
                {path.length > 0 && <span className="eng-code">{path.join(".")}: </span>}
                <Said text={message} language={language} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
