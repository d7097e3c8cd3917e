import { RequestFault } from "./fault.ts";

/** A word of an expression: what it is, its text, and where it stands (from 0). */
export interface Token {
  readonly kind: "string" | "number" | "time" | "duration" | "geography" | "name" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

const instant = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)`;

/** In this order: a time begins as a number does, and a geography as a name. */
const words: readonly (readonly [Token["kind"], RegExp])[] = [
  ["duration", /duration'([^']*)'/y],
  ["geography", /geography'([^']*)'/y],
  ["string", /'((?:[^']|'')*)'/y],
  ["time", new RegExp(`(${instant}(?:/${instant})?|\\d{4}-\\d\\d-\\d\\d(?!\\d))`, "y")],
  ["number", /(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y],
  ["name", /((?:@iot\.)?[A-Za-z_][\w.]*)/y],
  ["sign", /([(),/])/y],
];

/**
 * Takes an expression of `$filter` or `$orderby` apart.
 * @throws RequestFault (400) at the first character that begins no word
 */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  scan: while (at < text.length) {
    if (/\s/.test(text[at] as string)) {
      at++;
      continue;
    }
    for (const [kind, pattern] of words) {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (!found) continue;
      const inner = found[1] as string;
      tokens.push({ kind, text: kind === "string" ? inner.replaceAll("''", "'") : inner, at });
      at = pattern.lastIndex;
      continue scan;
    }
    throw new RequestFault(
      400,
      `${JSON.stringify(text)}: nothing can begin with ${JSON.stringify(text.slice(at, at + 12))} at character ${at + 1}; text stands in 'single quotes'`,
    );
  }
  tokens.push({ kind: "end", text: "the end", at: text.length });
  return tokens;
}
