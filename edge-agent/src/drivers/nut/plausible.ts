import { type Flag, flags } from "@kenh/schemas";
import { contradictions } from "./contradictions.ts";
import { numberOf } from "./number.ts";

/** Why a variable is not to be believed. */
export interface Doubt {
  /** 4: the device can't mean it. 3: it contradicts what the same device says beside it. */
  readonly flag: Flag;
  readonly reason: string;
}

interface Kind {
  readonly names: RegExp;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  /** Where the bounds come from. */
  readonly because: string;
}

/**
 * What can be, by the kind of variable: physics and the meaning of the unit, no table of models. The
 * first kind that fits counts.
 */
const kinds: readonly Kind[] = [
  {
    names: /^(input|output)\.(.+\.)?voltage(\.(nominal|maximum|minimum|fault|high|low))?$/,
    min: 0,
    max: 600,
    unit: "V",
    because: "low-voltage mains, line to line, end below",
  },
  {
    names: /^input\.transfer\.(high|low|(boost|trim)\.(high|low))(\.(max|min))?$/,
    min: 0,
    max: 600,
    unit: "V",
    because: "low-voltage mains end below",
  },
  {
    names: /^battery\.voltage(\.(nominal|high|low))?$/,
    min: 0,
    max: 1000,
    unit: "V",
    because: "strings of batteries end below",
  },
  {
    names: /^(input|output)\.(.+\.)?frequency(\.(nominal|high|low))?$/,
    min: 0,
    max: 100,
    unit: "Hz",
    because: "mains are 50 or 60 Hz",
  },
  {
    names: /(^|\.)temperature(\.(high|low))?$/,
    min: -40,
    max: 120,
    unit: "°C",
    because: "electronics live within",
  },
  {
    names: /^ambient(\.\d+)?\.humidity$/,
    min: 0,
    max: 100,
    unit: "%",
    because: "it is a share",
  },
  {
    names: /^battery\.charge(\.(low|warning|restart))?$/,
    min: 0,
    max: 100,
    unit: "%",
    because: "it is a share",
  },
  {
    names: /^ups\.load(\.high)?$|^output\.(L\d\.)?power\.percent$/,
    min: 0,
    max: 200,
    unit: "%",
    because: "no UPS carries twice its rating",
  },
  {
    names: /^(input|output|outlet)\.(.+\.)?current(\.nominal)?$/,
    min: 0,
    max: 10_000,
    unit: "A",
    because: "an effective current has no sign",
  },
  {
    names: /^(ups|output|input|outlet)\.(.+\.)?(real)?power(\.nominal)?$/,
    min: 0,
    max: 10_000_000,
    unit: "W or VA",
    because: "a UPS does not feed the mains",
  },
  {
    names: /^battery\.runtime(\.low)?$/,
    min: 0,
    max: 1_000_000,
    unit: "s",
    because: "no battery lasts longer",
  },
  {
    names: /^battery\.capacity(\.nominal)?$/,
    min: 0,
    max: 100_000,
    unit: "Ah",
    because: "no battery holds more",
  },
];

/** All bits set, plain and as minutes turned into seconds: "no value" in 16 bits. */
const allOnes = new Set([65_535, 65_535 * 60]);
const dates = /^(battery|ups)\.(mfr\.)?date$/;
/** NUT is of 1998; what is dated before is a clock that was never set. */
const firstYear = 1990;

/**
 * The variables of a dump that are not to be believed. `now` is milliseconds since 1970 UTC and serves
 * to tell a date that has not come yet; contradictions of `trusted` variables are passed over.
 */
export function doubts(
  variables: ReadonlyMap<string, string>,
  now: number,
  trusted: readonly string[],
): ReadonlyMap<string, Doubt> {
  const found = new Map<string, Doubt>(contradictions(variables));
  for (const name of trusted) found.delete(name);
  for (const [name, text] of variables) {
    const reason = dates.test(name) ? wrongDate(text, now) : impossible(name, numberOf(text));
    if (reason) found.set(name, { flag: flags.fail, reason });
  }
  return found;
}

function impossible(name: string, value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (name === "battery.runtime" && allOnes.has(value)) return `${value} is all bits set: no value`;
  const kind = kinds.find(({ names }) => names.test(name));
  if (!kind || (value >= kind.min && value <= kind.max)) return undefined;
  return `${value} is outside ${kind.min} … ${kind.max} ${kind.unit}: ${kind.because}`;
}

/** A year with four digits that has not come yet, or was before there was such a UPS. */
function wrongDate(text: string, now: number): string | undefined {
  const year = Number(/(?<!\d)\d{4}(?!\d)/.exec(text)?.[0] ?? Number.NaN);
  const next = new Date(now).getUTCFullYear() + 1;
  return year < firstYear || year > next
    ? `${text} is outside ${firstYear} … ${next}: the clock or the date is not set`
    : undefined;
}
