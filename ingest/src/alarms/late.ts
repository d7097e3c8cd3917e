import { type AlarmRule, levelsOf, type Value } from "@kenh/schemas";
import { begun, type Evaluation, evaluate } from "./evaluate.ts";
import { on } from "./levels.ts";
import type { WatchedDevice } from "./signals/signal.ts";
import type { Subject } from "./subjects.ts";

/** A reading that came behind newer ones of its device: it was passed over. */
export interface LateReading {
  readonly subject: Subject;
  readonly rule: AlarmRule;
  readonly ts: number;
  readonly value: Value;
  /** It surely did not come before: so far back the memory reaches. */
  readonly surely: boolean;
}

/** What the condition of a rule was about an instant, as it was found out in time. */
export interface Around {
  /** Index of the level that held; null when none did. */
  readonly level: number | null;
  /** When another was first found to hold after it; undefined where none has been. */
  readonly next: { readonly at: number; readonly level: number | null } | undefined;
  /** By level, since when its delay has been running now; used where there is no `next`. */
  readonly since: readonly (number | null)[];
}

/**
 * What a late reading would have changed, in itself: `was`, what the condition was at that instant;
 * `turning`, a delay that ran then and that it would have interrupted; null where it says what was
 * found out without it. Kinds that need more than one reading to say anything change nothing. Pure.
 */
export function contradicts(
  rule: AlarmRule,
  device: WatchedDevice,
  { level, next, since }: Around,
  ts: number,
  value: Value,
): "was" | "turning" | null {
  const each = plainOf(rule);
  for (const [index, plain] of each.entries()) {
    const held = isOn(index, level);
    const { onDelayMs = rule.onDelayMs, offDelayMs = rule.offDelayMs } =
      levelsOf(rule)[index] ?? {};
    const begins = next ? next.at - (held ? offDelayMs : onDelayMs) : (since[index] ?? null);
    const turns = next === undefined || isOn(index, next.level) !== held;
    if (turns && begins !== null && ts >= begins) {
      if (asks(plain, device, !held, ts, value) === false) return "turning";
    } else if (asks(plain, device, !held, ts, value)) return "was";
  }
  return null;
}

function isOn(index: number, level: number | null): boolean {
  return level !== null && index <= level;
}

/** Whether a reading asks a rule of one level without delays to hold, or to end; undefined where it says nothing. */
function asks(
  plain: AlarmRule,
  device: WatchedDevice,
  toHold: boolean,
  ts: number,
  value: Value,
): boolean | undefined {
  const state: Evaluation = toHold ? begun() : { ...begun(), level: 0, levels: [on] };
  const { heard, crossings } = evaluate(plain, device, state, { ts, value, flag: 1 });
  return heard === "passed over" ? undefined : crossings.length > 0;
}

const plainRules = new WeakMap<AlarmRule, readonly AlarmRule[]>();

/** A rule's levels, each as a rule of its own that turns with one reading; none where no one reading says anything. */
function plainOf(rule: AlarmRule): readonly AlarmRule[] {
  const known = plainRules.get(rule) ?? withoutDelays(rule);
  plainRules.set(rule, known);
  return known;
}

function withoutDelays(rule: AlarmRule): readonly AlarmRule[] {
  const now = { onDelayMs: 0, offDelayMs: 0, onSamples: 1, offSamples: 1, rearmStep: undefined };
  switch (rule.kind) {
    case "state":
      return [{ ...rule, ...now }];
    case "outside":
      return rule.levels.map((one) => ({ ...rule, ...now, levels: [plain(one)] }));
    case "high":
    case "low":
      if (rule.medianOf > 1) return [];
      return rule.levels.map((one) => ({ ...rule, ...now, levels: [plain(one)] }));
    default:
      return [];
  }
}

function plain<L extends object>(level: L): L & { onDelayMs: 0; offDelayMs: 0 } {
  return { ...level, onDelayMs: 0, offDelayMs: 0 };
}
