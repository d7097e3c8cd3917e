import type { Place, Raw } from "./place.ts";
import { type Dialect, tokensOf } from "./tokens.ts";
import { readUnit, type WrittenUnit } from "./units.ts";
import { unitWords } from "./usage.ts";
import { type Words, wordsOf } from "./words.ts";

/** What stands around a place. */
export interface Surroundings {
  /** How names are shortened. */
  readonly dialect: Dialect;
  /** The kind of gear, for what it means by a plain name. */
  readonly gear: "ups" | "generator" | "weather" | "node" | "other";
  /** Units that the file declares for words. */
  readonly units: readonly { readonly words: readonly string[]; readonly unit: string }[];
}

/** What a place says, read once. */
export interface Reading {
  readonly own: Words;
  readonly label: Words;
  readonly parents: Words;
  /** Nothing but the unit says what it is. */
  readonly bare: boolean;
  readonly written: (WrittenUnit & { readonly inName?: boolean }) | undefined;
  readonly numbers: readonly number[];
  readonly whole: boolean;
}

/** Reads the names, the label, the unit and the numbers of a place. */
export function read(place: Place, around: Surroundings): Reading {
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
  // What stands in brackets and is no unit is a remark: "Illuminance (0-20W)".
  const bare = (place.names.at(-1) ?? "").replaceAll(/\s*[[(][^\])]*[\])]/g, " ");
  const tail = unitOfName(tokensOf(bare, around.dialect));
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
  "c degc f degf percentage mph in inhg mmhg v mv kv a ma w kw wh kwh hz pct percent ppm ppb pa hpa kpa mbar bar psi mm cm m km lx lux db dbm ms sec s deg ugm3 mgm3 ntu psu ppt rpm l m3 m3h kvar kva var va kvarh varh us uscm mps kmh kph w wm2 mah dba celsius fahrenheit volts amps watts".split(
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
