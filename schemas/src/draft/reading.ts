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

/** What has phases. */
const phased: ReadonlySet<string> = new Set(["voltage", "current", "power", "factor"]);

/** Words that go with a current of electricity. */
const electric: ReadonlySet<string> = new Set(
  "average total phase line neutral input output battery load active net".split(" "),
);

/** Reads the names, the label, the unit and the numbers of a place. */
export function read(place: Place, around: Surroundings): Reading {
  const name = place.names.at(-1) ?? "";
  const spoken = wordsOf(name, around.dialect);
  const label = wordsOf(place.label ?? "");
  // "Current A" in a table that gives the unit apart is that of phase A.
  const lettered =
    around.dialect === "electric" &&
    place.unit !== undefined &&
    spoken.phase === undefined &&
    spoken.tokens.length > 1 &&
    spoken.tokens.at(-1) === "a" &&
    [...spoken.known].some((word) => phased.has(word));
  const own = lettered ? { ...spoken, phase: "1" } : spoken;
  const above = wordsOf(place.names.slice(0, -1).join(" . "));
  // At a weather station speed and direction are those of the wind.
  // Above a name of its own `current` says when: { current: { temp, hum } }.
  const now =
    above.known.has("current") &&
    (own.unknown.length > 0 || [...own.known].some((word) => !electric.has(word)));
  const windy = around.gear === "weather" && (own.known.has("speed") || own.known.has("direction"));
  const known = new Set([...above.known, ...(windy ? ["wind"] : [])]);
  if (now) known.delete("current");
  const parents = { ...above, known };
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
  // Bytes as hexadecimal digits may end like a unit: "0300A".
  if (behind !== undefined && /^0\d+[a-z]/i.test(value)) return undefined;
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
  "c degc f degf percentage mph in inhg mmhg v mv kv a ma w kw wh kwh hz pct percent ppm ppb pa hpa kpa mbar bar psi mm cm m km lx lux db dbm ms sec s deg ugm3 mgm3 ntu psu ppt rpm l m3 m3h kvar kva var va kvarh varh us uscm mps kmh kph w wm2 mah dba ug kmph hours minutes seconds days ft feet inch inches knots kn lpm lps lph gpm cfs litres liters m3min mlmin kgfcm2 celsius fahrenheit volts amps watts".split(
    " ",
  ),
);

/** Units that a name may begin with, being what is measured: `kW_total`. */
const leading: ReadonlySet<string> = new Set("kw kva kvar kwh kvarh kvah mwh wh".split(" "));

const moves = new Set(["ws", "wind", "windspeed", "speed", "velocity", "gust"]);

function unitOfName(tokens: readonly string[]): WrittenUnit | undefined {
  // What stands behind the unit may be the name of a chip or the number of a channel.
  for (let at = tokens.length - 1; at >= 0; at--) {
    const token = tokens[at] as string;
    // "cond_us_cm"; a number behind a unit counts a channel, and "TempC2" is no half degree.
    const before = tokens[at - 1] ?? "";
    const over =
      /^[a-z]/.test(before) && /^[a-z]/.test(token) ? readUnit(`${before}/${token}`) : undefined;
    if (over && at > 1) return over;
    if (at === 0 && !leading.has(token)) continue;
    // What moves is given in metres a second, not in milliseconds.
    if (token === "ms" && tokens.some((each) => moves.has(each))) return readUnit("m/s");
    if (tails.has(token)) return readUnit(token);
  }
  const [only] = tokens;
  return tokens.length === 1 && only && /^(ppm|kwh|lux|deg|hpa|mm|percent|pct)$/.test(only)
    ? readUnit(only)
    : undefined;
}
