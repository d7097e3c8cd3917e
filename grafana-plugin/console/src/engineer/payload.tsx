import type { Language } from "../../../src/shared/language.ts";
import { words } from "./words.ts";

/** Characters of a payload that are laid out: a hostile one may have megabytes. */
const most = 4000;

interface Props {
  readonly payload: string;
  readonly encoding: "utf8" | "base64";
  readonly language: Language;
  readonly isOpen?: boolean;
}

/** A payload as it came; JSON with its lines, so that a person can read it. */
export function Payload({ payload, encoding, language, isOpen = false }: Props) {
  const say = words[language];
  const text = encoding === "utf8" ? laidOut(payload) : payload;
  return (
    <details className="eng-payload" open={isOpen}>
      <summary>
        {say.payload} ({say.bytes(payload.length)}
        {encoding === "base64" && ", base64"})
      </summary>
      <Scrolled label={say.payload} text={text.length > most ? `${text.slice(0, most)}…` : text} />
    </details>
  );
}

/** A text of a program in a box that scrolls, by keys too. */
export function Scrolled({ label, text }: { label: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keys too
    <section className="eng-pre" aria-label={label} tabIndex={0}>
      <pre dir="ltr">{text}</pre>
    </section>
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
