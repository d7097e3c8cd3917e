import type { Reading } from "./reading.ts";
import { soft, vetoes, vetoesOfParents } from "./usage.ts";
import type { Concept } from "./vocabulary.ts";
import type { Words } from "./words.ts";

/** Weights of a word by where it stands. */
const weight = { own: 1, label: 0.9, parent: 0.6 };
/** Where a word of a concept is missing, none of it holds. */
export const missing = Number.NEGATIVE_INFINITY;

/** Whether the words say that it is no reading of now: a limit, a setting, a state, an extreme. */
export function forbidden({ own, label, parents, numbers }: Reading): boolean {
  const said = own.known.size > 0 ? own : label;
  // "temperature_unit": which one, and not how much.
  if (own.tokens.length > 1 && /^units?$/.test(own.tokens.at(-1) ?? "")) return true;
  // The highest wind is a gust.
  if ((said.known.has("gust") || said.known.has("wind")) && said.known.has("maximum")) return false;
  // Rain is always that of some time.
  if (said.known.has("period") && [own, label, parents].some(({ known }) => known.has("rain"))) {
    return false;
  }
  // Who counts people counts them over a period.
  if (said.known.has("period") && (said.known.has("in") || said.known.has("out"))) return false;
  for (const word of vetoes) {
    if (
      said.known.has(word) ||
      (own.known.size > 0 &&
        word !== "time" &&
        word !== "identity" &&
        word !== "status" &&
        label.known.has(word) &&
        own.known.size < 2)
    )
      return true;
  }
  for (const word of vetoesOfParents) if (parents.known.has(word)) return true;
  // Below a status nought and one are flags.
  if (
    parents.known.has("status") &&
    numbers.length > 0 &&
    numbers.every((n) => n === 0 || n === 1)
  ) {
    return true;
  }
  return false;
}

/** Words that say nothing without what stands around them. */
const vague: ReadonlySet<string> = new Set(["total", "average", "net", "probe", "phase", "period"]);

/** How well the words of a place are those of a concept. */
export function match(concept: Concept, { own, label, parents }: Reading): number {
  let score = 0;
  let near = false;
  const used = new Set<string>();
  for (const choice of concept.words) {
    let here = 0;
    for (const word of choice) {
      const at = own.known.has(word)
        ? weight.own
        : label.known.has(word)
          ? weight.label
          : parents.known.has(word)
            ? weight.parent
            : 0;
      if (at > here) here = at;
      if (at > 0) used.add(word);
      if (at >= weight.label) near = true;
    }
    if (here === 0) return missing;
    score += here;
  }
  // A name such as `value` or `raw` says nothing itself: what is around it speaks.
  const speaks = ({ known }: Words): boolean => [...known].some((word) => !vague.has(word));
  if (!near && (speaks(own) || speaks(label))) return missing;
  const left = [...(own.known.size > 0 ? own : label).known].filter((word) => !used.has(word));
  score -= left.filter((word) => !soft.has(word)).length * 0.6;
  score -= left.filter((word) => soft.has(word)).length * 0.1;
  return score;
}
