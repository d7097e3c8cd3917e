import { useState } from "react";
import type { Language } from "../../../src/shared/language.ts";
import { words } from "./words.ts";

interface Props {
  readonly language: Language;
  /** What it is, and the text itself. */
  readonly lines: readonly (readonly [label: string, text: string])[];
}

/** What is shown this once: nothing of it is kept, neither here nor, in clear, at the station. */
export function Secret({ language, lines }: Props) {
  const say = words[language];
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    // Without a secure origin there is no clipboard: the texts can be marked by hand.
    await navigator.clipboard?.writeText(lines.map((line) => line.join("\t")).join("\n"));
    setCopied(true);
  };
  return (
    <div className="eng-secret" role="status">
      <p>
        <strong>{say.shownOnce}</strong>
      </p>
      <dl>
        {lines.map(([label, text]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <code>{text}</code>
            </dd>
          </div>
        ))}
      </dl>
      {"clipboard" in navigator && (
        <button type="button" onClick={copy}>
          {isCopied ? say.copied : say.copy}
        </button>
      )}
    </div>
  );
}
