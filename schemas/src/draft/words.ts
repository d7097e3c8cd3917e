import { neutral } from "./spellings.ts";
import { byFirst, type Dialect, letterOfPhase, tokensOf } from "./tokens.ts";

/** What a name says: plain words of the vocabulary, what is none, and what it counts. */
export interface Words {
  /** Plain words, such as `temperature`. */
  readonly known: ReadonlySet<string>;
  /** What the vocabulary does not have, such as the name of a chip. */
  readonly unknown: readonly string[];
  /** Phase 1, 2 or 3; `n` is the neutral; `12` is between two phases. */
  readonly phase: string | undefined;
  /** A tariff, 1 to 4. */
  readonly tariff: string | undefined;
  /** Tokens in their order, as split, in lower case and without marks. */
  readonly tokens: readonly string[];
}

const phaseOf: ReadonlyMap<string, string> = new Map(
  Object.entries({
    l1: "1",
    l2: "2",
    l3: "3",
    ln: "n",
    neutral: "n",
    neutre: "n",
    neutralleiter: "n",
    neutro: "n",
    uab: "12",
    ubc: "23",
    uca: "31",
    vab: "12",
    vbc: "23",
    vca: "31",
    phxa: "1",
    phxb: "2",
    phxc: "3",
    phxr: "1",
    phxs: "2",
    phxt: "3",
    l12: "12",
    l23: "23",
    l31: "31",
    l13: "31",
    l21: "12",
    l32: "23",
  }),
);

const phasePair = /^(1|2|3|12|23|31)$/;

/** What has a temperature. */
const media: ReadonlySet<string> = new Set([
  "air",
  "water",
  "soil",
  "room",
  "internal",
  "surface",
  "leaf",
  "probe",
]);

/** What has phases. */
const electric: ReadonlySet<string> = new Set([
  "voltage",
  "current",
  "power",
  "factor",
  "frequency",
  "energy",
]);

/** Reads the words of a name or a sentence. */
export function wordsOf(text: string, dialect?: Dialect): Words {
  const tokens = tokensOf(text, dialect);
  const known = new Set<string>();
  const unknown: string[] = [];
  let phase: string | undefined;
  let tariff: string | undefined;
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at] as string;
    const here = phaseOf.get(token);
    if (here !== undefined) {
      phase = here;
      at++;
      continue;
    }
    // "Tension V1", "Voltage U12": a symbol behind its word is its phase.
    const next = tokens[at + 1] ?? "";
    if (dialect === "electric" && at > 0 && /^[uvi]$/.test(token) && phasePair.test(next)) {
      phase = next;
      at += 2;
      continue;
    }
    if (/^t[1-4]$/.test(token)) {
      tariff = token.slice(1);
      at++;
      continue;
    }
    const found = byFirst
      .get(token)
      ?.find(({ tokens: spelled }) => spelled.every((part, i) => tokens[at + i] === part));
    if (found) {
      for (const word of found.word.split(" ")) known.add(word);
      at += found.tokens.length;
    } else {
      if (!neutral.has(token) && !/^\d+$/.test(token)) unknown.push(token);
      at++;
    }
  }
  // "a_voltage": the letter before is the phase.
  const [first = ""] = tokens;
  if (
    phase === undefined &&
    /^[abc]$/.test(first) &&
    [...electric].some((word) => known.has(word))
  ) {
    phase = (letterOfPhase.get(first) ?? "").replace("l", "");
  }
  // "Input voltage R": so is one behind, in a table; "Current A" may well be in amperes.
  const last = tokens.at(-1) ?? "";
  const behind = dialect === "electric" ? /^[rstbc]$/ : known.has("current") ? /^[bc]$/ : /^[abc]$/;
  if (
    phase === undefined &&
    tokens.length > 1 &&
    behind.test(last) &&
    [...electric].some((word) => known.has(word))
  ) {
    phase = (letterOfPhase.get(last) ?? "").replace("l", "");
  }
  // "t_ambient"
  if (tokens.includes("t") && known.size > 0 && [...known].every((word) => media.has(word))) {
    known.add("temperature");
  }
  // "Mains V L1-N": beside a phase or a source a unit is what is measured.
  if (phase !== undefined || known.has("mains") || known.has("generator") || known.has("load")) {
    if (tokens.includes("v")) known.add("voltage");
    if (tokens.includes("a")) known.add("current");
  }
  return { known, unknown, phase, tariff, tokens };
}
