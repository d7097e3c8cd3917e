import { checkBattery } from "./checks/battery.ts";
import { dumpOf } from "./checks/dump.ts";
import { checkLoad } from "./checks/load.ts";
import { checkPlaceholders } from "./checks/placeholders.ts";
import { checkVoltages } from "./checks/voltage.ts";
import { checkWords } from "./checks/words.ts";
import { numberOf } from "./number.ts";

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
    names: /^battery\.temperature$/,
    min: -40,
    max: 90,
    unit: "°C",
    because: "no battery survives more",
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

/** All bits set, of 15 and 16, plain and as minutes turned into seconds: "no value". */
const allOnes = new Set([32_767, 65_535, 32_767 * 60, 65_535 * 60]);
const dates = /^(battery|ups)\.(mfr\.)?date$/;
/** NUT is of 1998; what is dated before is a clock that was never set. */
const firstYear = 1990;
/** Where clocks start that have lost their battery. */
const unset = /^(1970|1980|2000)\D0?1\D0?1$/;

/** What is known of a UPS beside its present answer. */
export interface Known {
  /** Milliseconds since 1970 UTC: a date may not have come yet. */
  readonly now: number;
  /** Variables whose contradictions an engineer has checked. */
  readonly trusted: readonly string[];
  /** Temperatures that have been seen to change. */
  readonly moved?: ReadonlySet<string>;
}

/**
 * The variables of an answer that are not to be believed, each with its reason: what can't be, and what
 * the rest of the same answer contradicts.
 */
export function doubts(
  variables: ReadonlyMap<string, string>,
  { now, trusted, moved = new Set() }: Known,
): ReadonlyMap<string, string> {
  const dump = dumpOf(variables);
  const found = new Map<string, string>([
    ...checkPlaceholders(dump, moved),
    ...checkVoltages(dump),
    ...checkLoad(dump),
    ...checkBattery(dump),
    ...checkWords(dump),
  ]);
  for (const name of trusted) found.delete(name);
  for (const [name, text] of variables) {
    const reason = dates.test(name) ? wrongDate(name, text, now) : impossible(name, numberOf(text));
    if (reason) found.set(name, reason);
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

/** A year that has not come yet or was before there was such a UPS, or a clock that was never set. */
function wrongDate(name: string, text: string, now: number): string | undefined {
  const year = Number(/(?<!\d)\d{4}(?!\d)/.exec(text)?.[0] ?? Number.NaN);
  const next = new Date(now).getUTCFullYear() + 1;
  if (year < firstYear || year > next || (name === "ups.date" && unset.test(text.trim())))
    return `${text} is outside ${firstYear} … ${next}, or where clocks start: it is not set`;
  return undefined;
}
