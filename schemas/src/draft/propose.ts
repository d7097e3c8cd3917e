import type { Quantity } from "../quantity.ts";
import type { Place, Raw } from "./place.ts";
import { conversionBetween, readUnit, type Unit, unitBySymbol, type WrittenUnit } from "./units.ts";
import {
  type Concept,
  type Custom,
  concepts,
  meanings,
  soft,
  unitWords,
  vetoes,
  vetoesOfParents,
} from "./vocabulary.ts";
import { type Dialect, type Words, wordsOf } from "./words.ts";

/** What a place is taken for. */
export interface Proposal {
  readonly quantity: string;
  /** The unit of the quantity: value in it = raw × scale + offset. */
  readonly unit: string;
  readonly scale: number;
  readonly offset: number;
  /** The unit of the raw number, as far as the file or custom tells. */
  readonly rawUnit: string;
  /** Whether the file itself names the unit. */
  readonly stated: boolean;
  /** 0 to 1. */
  readonly confidence: number;
  /** What only a person can know. */
  readonly ask?: string;
}

/** What stands around a place. */
export interface Surroundings {
  /** How names are shortened. */
  readonly dialect: Dialect;
  /** The kind of gear, for what it means by a plain name. */
  readonly gear: "ups" | "generator" | "weather" | "node" | "other";
  /** Units that the file declares for words. */
  readonly units: readonly { readonly words: readonly string[]; readonly unit: string }[];
}

/** Weights of a word by where it stands. */
const weight = { own: 1, label: 0.9, parent: 0.6 };
/** Where a word of a concept is missing, none of it holds. */
const missing = Number.NEGATIVE_INFINITY;

/** What a place says, read once. */
interface Reading {
  readonly own: Words;
  readonly label: Words;
  readonly parents: Words;
  /** Nothing but the unit says what it is. */
  readonly bare: boolean;
  readonly written: (WrittenUnit & { readonly inName?: boolean }) | undefined;
  readonly numbers: readonly number[];
  readonly whole: boolean;
}

/**
 * Proposes what a place measures: the concept whose words it says, in whose unit it is, and whose
 * range its values keep. Undefined where nothing fits.
 */
export function propose(
  place: Place,
  around: Surroundings,
  quantities: ReadonlyMap<string, Quantity>,
): Proposal | undefined {
  const reading = read(place, around);
  if (forbidden(reading)) return undefined;
  // A text or a state is no number.
  if (place.values.length > 0 && reading.numbers.length === 0) return undefined;
  let best: (Proposal & { readonly score: number }) | undefined;
  for (const concept of concepts) {
    const score = match(concept, reading);
    if (score === missing || (best && score + 0.35 < best.score)) continue;
    const proposal = fit(concept, reading, place, around, quantities);
    if (!proposal) continue;
    // The words decide; where they are as good, the unit and the range.
    const total = score + proposal.confidence * 0.5;
    if (!best || total > best.score) best = { ...proposal, score: total };
  }
  if (!best) return undefined;
  const { score: _, ...proposal } = best;
  return proposal;
}

function read(place: Place, around: Surroundings): Reading {
  const name = place.names.at(-1) ?? "";
  const own = wordsOf(name, around.dialect);
  const label = wordsOf(place.label ?? "");
  const above = wordsOf(place.names.slice(0, -1).join(" . "));
  // At a weather station speed and direction are those of the wind.
  const windy = around.gear === "weather" && (own.known.has("speed") || own.known.has("direction"));
  const parents = windy ? { ...above, known: new Set([...above.known, "wind"]) } : above;
  const written = unitOf(place, own, parents, around);
  // Where no word tells what it is, the unit may.
  const silent = [own, label, parents].every(({ known }) => known.size === 0);
  const named = place.unit !== undefined || written?.inName !== true;
  const humid = place.unit !== undefined && /r\.?h/i.test(place.unit);
  const told = humid
    ? ["humidity"]
    : ((named && written ? unitWords[written.unit.dimension] : undefined) ?? []);
  const numbers = place.values.map(numberOf).filter((value) => value !== undefined);
  return {
    own: silent ? { ...own, known: new Set(told) } : own,
    label,
    parents,
    bare: silent,
    written,
    numbers,
    whole: numbers.length > 0 && numbers.every(Number.isInteger),
  };
}

const quantified = /^\s*([+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?)\s*([^\d\s].*)?$/i;

/** The number that a value is or begins with. */
export function numberOf(value: Raw): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string") return undefined;
  const [, number, behind] = quantified.exec(value) ?? [];
  if (number === undefined || (behind !== undefined && !readUnit(behind))) return undefined;
  return Number(number.replace(",", "."));
}

/** The unit that the file names: beside the value, in its name, in its label, in the value, or for its word. */
function unitOf(
  place: Place,
  own: Words,
  parents: Words,
  around: Surroundings,
): (WrittenUnit & { readonly inName?: boolean }) | undefined {
  const beside = place.unit === undefined ? undefined : readUnit(place.unit);
  if (beside) return beside;
  const inLabel = /[[(,]\s*([^\])(,]+?)\s*[\])]?\s*$/.exec(place.label ?? "")?.[1];
  const inName = /[[(]\s*([^\])]+?)\s*[\])]/.exec(place.names.at(-1) ?? "")?.[1];
  for (const text of [inName, inLabel]) {
    const found = text === undefined ? undefined : readUnit(text);
    if (found) return found;
  }
  const tail = unitOfName(own.tokens);
  if (tail) return { ...tail, inName: true };
  for (const value of place.values) {
    const behind = typeof value === "string" ? quantified.exec(value)?.[2] : undefined;
    const found = behind === undefined ? undefined : readUnit(behind);
    if (found) return found;
  }
  // The meters of one large maker count their `aenergy` in watt-hours, as nobody else calls it.
  const jargon = [...parents.tokens, ...own.tokens].includes("aenergy")
    ? readUnit("Wh")
    : undefined;
  if (jargon) return jargon;
  const declared = around.units.find(({ words }) => words.every((word) => own.known.has(word)));
  return declared && readUnit(declared.unit);
}

/** Units by which names end; single letters only where they are no word of their own. */
const tails = new Set(
  "c degc f degf percentage mph in inhg mmhg v mv kv a ma w kw wh kwh hz pct percent ppm ppb pa hpa kpa mbar bar psi mm cm m km lx lux db dbm ms sec s deg ugm3 mgm3 ntu psu ppt rpm l m3 kvar kva var va kvarh varh us uscm mps kmh kph w wm2 mah dba celsius fahrenheit volts amps watts".split(
    " ",
  ),
);

function unitOfName(tokens: readonly string[]): WrittenUnit | undefined {
  // What stands behind the unit may be the name of a chip or the number of a channel.
  for (let at = tokens.length - 1; at > 0; at--) {
    const token = tokens[at] as string;
    const pair = `${token}/${tokens[at + 1] ?? ""}`;
    const joined = at + 1 < tokens.length ? readUnit(pair) : undefined;
    if (joined && tails.has(token)) return joined;
    if (tails.has(token)) return readUnit(token);
  }
  const [only] = tokens;
  return tokens.length === 1 && only && /^(ppm|kwh|lux|deg|hpa|mm|percent|pct)$/.test(only)
    ? readUnit(only)
    : undefined;
}

function forbidden({ own, label, parents, numbers }: Reading): boolean {
  const said = own.known.size > 0 ? own : label;
  if (said.known.has("gust") && said.known.has("maximum")) return false;
  // Rain is always that of some time.
  if (said.known.has("period") && [own, label, parents].some(({ known }) => known.has("rain"))) {
    return false;
  }
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
function match(concept: Concept, { own, label, parents }: Reading): number {
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

/** Puts a concept into the unit and the range of the place. */
function fit(
  concept: Concept,
  reading: Reading,
  place: Place,
  around: Surroundings,
  quantities: ReadonlyMap<string, Quantity>,
): Proposal | undefined {
  const quantity = variant(concept.quantity, reading, around, quantities);
  const to = quantity && unitBySymbol(quantity.unit);
  if (!quantity || !to) return undefined;
  const { written } = reading;
  // The `in` of "humidityin" is no inch.
  const word = written?.inName && /^(in|m|s|l|c|a)$/.test(reading.own.tokens.at(-1) ?? "");
  if (written && !(word && written.unit.dimension !== to.dimension)) {
    if (written.unit.dimension !== to.dimension) return undefined;
    const said = place.scale ?? 1;
    return finish(concept, quantity, written.unit, to, written.scale * said, 0.95, reading);
  }
  const custom = concept.customs.find((each) => keeps(each, reading, place.scale ?? 1));
  if (custom) {
    const from = unitFor(custom, to);
    if (!from) return undefined;
    // A unit that can't be read may be any.
    const strange = place.unit?.trim() ? 0.25 : 0;
    const sure = (reading.numbers.length > 0 ? custom.sure : Math.min(custom.sure, 0.75)) - strange;
    return finish(concept, quantity, from, to, place.scale ?? 1, sure, reading);
  }
  const [first] = concept.customs;
  const from = first && unitFor(first, to);
  if (!first || !from) return undefined;
  // Whole numbers beyond what can be are often tenths or hundredths.
  for (const scale of reading.whole && first.sure >= 0.8 ? [0.1, 0.01, 0.001] : []) {
    if (keeps({ ...first, only: undefined as never }, reading, scale)) {
      return finish(concept, quantity, from, to, scale, Math.min(0.55, first.sure), reading);
    }
  }
  return finish(concept, quantity, from, to, place.scale ?? 1, 0.3, reading);
}

/** A unit in the table that is of the dimension of the other. */
function unitFor({ unit }: Custom, to: Unit): Unit | undefined {
  const own = unitBySymbol(unit, to.dimension);
  return own ?? undefined;
}

function keeps({ min, max, only }: Custom, { numbers, whole }: Reading, scale: number): boolean {
  if (numbers.length === 0) return true;
  if (only === "whole" && !whole) return false;
  if (only === "decimals" && whole && scale === 1) return false;
  return numbers.every((number) => number * scale >= min && number * scale <= max);
}

/** The quantity of the concept as this gear means it, and of its phase where it has one. */
function variant(
  name: string,
  { own, label, parents, numbers }: Reading,
  { gear }: Surroundings,
  quantities: ReadonlyMap<string, Quantity>,
): Quantity | undefined {
  let meant = meanings[gear]?.[name] ?? name;
  // A node in the field has no mains: its voltage is that of its battery.
  if (
    gear === "node" &&
    meant === "voltage_v" &&
    numbers.length > 0 &&
    numbers.every((n) => n < 5 || (n >= 1800 && n < 5000))
  ) {
    meant = "battery_v";
  }
  const phase = own.phase ?? label.phase ?? parents.phase;
  const tariff = own.tariff ?? label.tariff;
  const parts = [phase && (phase === "n" ? "n" : `l${phase}`), tariff && `t${tariff}`];
  for (const part of parts) {
    if (!part) continue;
    const phased = [meant.replace(/_(?=[^_]+$)/, `_${part}_`), `${meant}_${part}`];
    const found = phased.find((each) => quantities.has(each));
    if (found) meant = found;
  }
  return quantities.get(meant);
}

function finish(
  concept: Concept,
  quantity: Quantity,
  from: Unit,
  to: Unit,
  rawScale: number,
  sure: number,
  { own, label, numbers, bare, written }: Reading,
): Proposal {
  const between = conversionBetween(from, to);
  const scale = Number((between.scale * rawScale).toPrecision(12));
  const { offset } = between;
  const said = own.known.size > 0 ? own : label;
  const words = new Set(concept.words.flat());
  const left = [...said.known].filter((word) => !words.has(word) && !soft.has(word)).length;
  let confidence = sure - strange(said) - left * 0.35 - (bare ? 0.2 : 0);
  const values = numbers.map((number) => number * scale + offset);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = quantity;
  const outside = values.some((value) => value < min || value > max);
  if (outside) confidence = Math.min(confidence, sure >= 0.95 ? 0.6 : 0.5);
  confidence = Math.max(0.05, Math.round(confidence * 100) / 100);
  const ask = question(quantity, from, rawScale, sure, numbers, outside);
  return {
    quantity: quantity.name,
    unit: quantity.unit,
    scale,
    offset,
    rawUnit: from.symbol,
    stated: written !== undefined,
    confidence,
    ...(ask && { ask }),
  };
}

/** What words cost that the vocabulary doesn't have: the name of a chip little, a long word more. */
function strange({ unknown }: Words): number {
  const cost = unknown.map((word) => (word.length < 5 || /\d/.test(word) ? 0.03 : 0.12));
  return Math.min(
    0.3,
    cost.reduce((sum, each) => sum + each, 0),
  );
}

function question(
  quantity: Quantity,
  from: Unit,
  rawScale: number,
  sure: number,
  numbers: readonly number[],
  outside: boolean,
): string | undefined {
  const shown = numbers.length > 0 ? String(numbers[0]) : "the value";
  if (outside) {
    return `${shown} is outside ${quantity.min ?? "–"} to ${quantity.max ?? "–"} ${quantity.unit}: is it ${quantity.name}, and in which unit?`;
  }
  if (sure < 0.7) {
    return `is ${shown} in ${from.symbol}${rawScale === 1 ? "" : ` × ${rawScale}`}? no unit is named`;
  }
  return undefined;
}
