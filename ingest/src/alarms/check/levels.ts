import {
  type AlarmRule,
  type BandLevel,
  type LimitLevel,
  levelsOf,
  type Quantity,
  quantityOf,
} from "@kenh/schemas";
import { planOf } from "../levels.ts";
import { difference } from "../signals/difference.ts";
import { type Fault, fault, type Known } from "./fault.ts";

type Leveled = Extract<AlarmRule, { levels: unknown }>;
type Limited = Exclude<Leveled, { kind: "outside" }>;

/** Whether levels rise, keep apart, begin, and end. */
export function* checkLevels(rule: AlarmRule, known: Known): Iterable<Fault> {
  yield* checkPriorities(rule);
  if (!("levels" in rule)) return;
  const quantity = known.quantities.get(quantityOf(rule) ?? "");
  if (rule.kind === "outside") {
    yield* checkBands(rule.levels, rule.hysteresis);
    if (quantity) yield* checkBandRange(rule.levels, quantity);
  } else {
    yield* checkOrder(rule);
    yield* checkEnds(rule);
    if (quantity) yield* checkRange(rule, quantity);
  }
}

function* checkPriorities(rule: AlarmRule): Iterable<Fault> {
  const levels = levelsOf(rule);
  for (let at = 1; at < levels.length; at += 1) {
    const [before, { priority }] = [levels[at - 1]?.priority ?? 4, levels[at] as LimitLevel];
    if (priority > before) {
      yield fault(
        ["levels", at, "priority"],
        `priority ${priority} after ${before}: levels stand from the mildest to the gravest, and 1 is the gravest: write ${before} or less`,
      );
    }
  }
}

const side = (above: boolean) => (above ? "above" : "below");

function* checkOrder(rule: Limited): Iterable<Fault> {
  const { above } = planOf(rule);
  const levels: readonly LimitLevel[] = rule.levels;
  for (let at = 1; at < levels.length; at += 1) {
    const [milder, graver] = [levels[at - 1], levels[at]] as [LimitLevel, LimitLevel];
    const apart = difference(graver.limit, milder.limit) * (above ? 1 : -1);
    if (apart <= 0) {
      yield fault(
        ["levels", at, "limit"],
        `limit ${graver.limit} is not ${side(above)} ${milder.limit} of the level before: order the levels from the mildest to the gravest, each limit ${side(above)} the last`,
      );
    } else if (graver.clear === undefined && rule.hysteresis > apart) {
      yield fault(
        ["hysteresis"],
        `hysteresis ${rule.hysteresis} is greater than the distance of ${apart} between the limits ${milder.limit} and ${graver.limit}, so that the levels overlap: write ${apart} or less, or give each level its own clear`,
      );
    } else if (graver.clear !== undefined && (graver.clear - milder.limit) * (above ? 1 : -1) < 0) {
      yield fault(
        ["levels", at, "clear"],
        `clear ${graver.clear} lies beyond the limit ${milder.limit} of the level before, so that the levels overlap: write a value between ${milder.limit} and ${graver.limit}`,
      );
    }
  }
}

function* checkEnds(rule: Limited): Iterable<Fault> {
  const { above } = planOf(rule);
  const levels: readonly LimitLevel[] = rule.levels;
  for (const [at, { limit, clear }] of levels.entries()) {
    if (clear !== undefined && (above ? clear > limit : clear < limit)) {
      yield fault(
        ["levels", at, "clear"],
        `clear ${clear} is on the wrong side of limit ${limit}: what is raised ${side(above)} a limit ends ${side(!above)} it: write a value ${side(!above)} ${limit}`,
      );
    }
  }
}

/** A value outside its plausible range has flag 4 and is passed over, so no such limit is ever reached. */
function* checkRange(rule: Limited, quantity: Quantity): Iterable<Fault> {
  const range = rangeOf(rule, quantity);
  if (!range) return;
  const { above } = planOf(rule);
  const { least, most, what } = range;
  const levels: readonly LimitLevel[] = rule.levels;
  for (const [at, { limit, clear }] of levels.entries()) {
    if (above ? limit > most : limit < least) {
      yield fault(
        ["levels", at, "limit"],
        `limit ${limit} can't be reached: ${what} lies within ${least} to ${most} ${quantity.unit}, anything else is flag 4 and passed over: write the limit in ${quantity.unit || "the quantity's own scale"}`,
      );
      continue;
    }
    const end = clear ?? difference(limit, above ? rule.hysteresis : -rule.hysteresis);
    if (above ? end < least : end > most) {
      const path = clear === undefined ? ["hysteresis"] : ["levels", at, "clear"];
      yield fault(
        path,
        `it would never end: that takes a value ${side(!above)} ${end}, and ${what} lies within ${least} to ${most} ${quantity.unit}: write less`,
      );
    }
  }
}

/** Where the number lies that the rule compares; undefined where the quantity's range does not tell. */
function rangeOf(rule: Limited, { name, min, max }: Quantity) {
  const least = min ?? Number.NEGATIVE_INFINITY;
  const most = max ?? Number.POSITIVE_INFINITY;
  switch (rule.kind) {
    case "high":
    case "low":
      return { least, most, what: name };
    case "window":
      if (rule.statistic === "sum") return undefined;
      return { least, most, what: `the ${rule.statistic} of ${name}` };
    case "deviation":
    case "rate":
      return { least: least - most, most: most - least, what: `a difference of ${name}` };
    case "jump":
      return { least: 0, most: most - least, what: `a jump of ${name}` };
    default:
      return undefined;
  }
}

function* checkBands(levels: readonly BandLevel[], hysteresis: number): Iterable<Fault> {
  for (const [at, { low, high }] of levels.entries()) {
    if (low >= high) {
      yield fault(
        ["levels", at, "high"],
        `the band from ${low} to ${high} is empty: write low < high`,
      );
    } else if (2 * hysteresis > high - low) {
      yield fault(
        ["hysteresis"],
        `hysteresis ${hysteresis} leaves nothing of the band from ${low} to ${high}, so that it would never end: write ${(high - low) / 2} or less`,
      );
    }
    const milder = levels[at - 1];
    if (
      milder &&
      (low > milder.low || high < milder.high || high - low <= milder.high - milder.low)
    ) {
      yield fault(
        ["levels", at],
        `the band from ${low} to ${high} does not lie around that of the level before, ${milder.low} to ${milder.high}: order the levels from the mildest to the gravest, each band wider than the last`,
      );
    }
  }
}

function* checkBandRange(
  levels: readonly BandLevel[],
  { name, unit, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Quantity,
): Iterable<Fault> {
  for (const [at, { low, high }] of levels.entries()) {
    if (low <= min && high >= max) {
      yield fault(
        ["levels", at],
        `${name} is never outside ${low} to ${high}: it is believed from ${min} to ${max} ${unit}, anything else is flag 4 and passed over: write the band in ${unit || "the quantity's own scale"}`,
      );
    }
  }
}
