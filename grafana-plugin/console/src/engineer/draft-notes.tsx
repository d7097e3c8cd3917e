import type { Draft } from "@kenh/schemas/draft";
import type { Language } from "../../../src/shared/language.ts";
import { Said } from "./said-text.tsx";
import { words } from "./words.ts";

/** Lines of what is left to a person; a walk has hundreds of objects. */
const most = 40;

/** How sure a draft is of each point, and what it leaves to a person. */
export function DraftNotes({ draft, language }: { draft: Draft; language: Language }) {
  const say = words[language];
  const open = [...draft.questions, ...draft.unnamed];
  return (
    <div className="eng-notes" role="status">
      <p>
        <strong>{say.drafted(draft.points.length, say.sources[draft.kind])}</strong>
      </p>
      <details>
        <summary>{say.howSure}</summary>
        <ul>
          {draft.points.map(({ path, quantity, confidence }) => (
            <li key={`${path} ${quantity}`}>
              <span className="eng-code">{path}</span> →{" "}
              <span className="eng-code">{quantity}</span> <b>{Math.round(confidence * 100)}%</b>
            </li>
          ))}
        </ul>
      </details>
      {open.length > 0 && (
        <details open>
          <summary>{say.toAnswer(open.length)}</summary>
          <ul>
            {open.slice(0, most).map(({ path, ask }) => (
              <li key={`${path} ${ask}`}>
                <span className="eng-code">{path}</span>: <Said text={ask} language={language} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
