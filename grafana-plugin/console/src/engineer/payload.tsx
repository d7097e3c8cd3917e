import type { Language } from "../../../src/shared/language.ts";
import { words } from "./words.ts";

/** Characters of a payload that are laid out: a hostile one may have megabytes. */
const most = 4000;

interface Props {
  readonly payload: string;
  readonly encoding: "utf8" | "base64";
  /** Whether it is the beginning of a longer one. */
  readonly cut?: boolean;
  readonly language: Language;
  readonly isOpen?: boolean;
}

/** A payload as it came; JSON with its lines, so that a person can read it. */
export function Payload({ payload, encoding, cut, language, isOpen = false }: Props) {
  const say = words[language];
  const text = encoding === "utf8" ? laidOut(payload) : payload;
  return (
    <details className="eng-payload" open={isOpen}>
      <summary>
        {say.payload} ({cut && "> "}
        {say.bytes(payload.length)}
        {encoding === "base64" && ", base64"})
      </summary>
      <Scrolled text={cut || text.length > most ? `${text.slice(0, most)}…` : text} />
    </details>
  );
}

/** A text of a program in a box that scrolls, by keys too. */
export function Scrolled({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keys too
    <pre className="eng-pre" dir="ltr" tabIndex={0}>
      {text}
    </pre>
  );
}

/** JSON in lines, as long as no number would change by it; anything else as it is. */
export function laidOut(text: string): string {
  if (text.length > most) return text;
  try {
    const value: unknown = JSON.parse(text);
    // A number of twenty digits would be another one.
    const isSame = bare(JSON.stringify(value)) === bare(text);
    return isSame && typeof value === "object" ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}

const bare = (text: string): string => text.replace(/\s/g, "");
