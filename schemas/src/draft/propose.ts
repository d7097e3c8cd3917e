import type { Quantity } from "../quantity.ts";
import { forbidden, match, missing } from "./match.ts";
import type { Place } from "./place.ts";
import { type Reading, read, type Surroundings } from "./reading.ts";
import { conversionBetween, readUnit, type Unit, unitBySymbol } from "./units.ts";
import { meanings, soft } from "./usage.ts";
import { type Concept, type Custom, concepts } from "./vocabulary.ts";
import type { Words } from "./words.ts";

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

/** Puts a concept into the unit and the range of the place. */
function fit(
  concept: Concept,
  reading: Reading,
  place: Place,
  around: Surroundings,
  quantities: ReadonlyMap<string, Quantity>,
): Proposal | undefined {
  // A bare "import" or "sum" is energy in the table of a meter alone.
  const [only, more] = concept.words;
  const counter = more === undefined && /^(net|import|export)$/.test(only?.[0] ?? "");
  if (counter && around.dialect === "plain") return undefined;
  const quantity = variant(concept.quantity, reading, around, quantities);
  const to = quantity && unitBySymbol(quantity.unit);
  if (!quantity || !to) return undefined;
  const written = per(reading.written, to);
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

/** In a name a rate of rain and a radiation are shortened to `in` or `mm`, and to `w`. */
function per(written: Reading["written"], to: Unit): Reading["written"] {
  const { unit, inName } = written ?? {};
  const whole = inName && unit && unitBySymbol(`${unit.symbol}${shortened[to.dimension] ?? ""}`);
  return written && whole ? { ...written, unit: whole } : written;
}
const shortened: Readonly<Record<string, string>> = { "rain-rate": "/h", radiation: "/m2" };

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
  let confidence =
    sure - strange(said) - left * 0.36 - (bare ? 0.2 : 0) - (foreign(own, label) ? 0.4 : 0);
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

/** A name of its own that nobody knows, below a word that is known: `current_attributes.box`. */
function foreign(own: Words, label: Words): boolean {
  if (own.known.size > 0 || label.known.size > 0) return false;
  return own.unknown.some((word) => /^[a-z]{3,}$/.test(word) && readUnit(word) === undefined);
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
