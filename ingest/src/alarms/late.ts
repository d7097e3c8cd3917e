import type { AlarmRule, Value } from "@kenh/schemas";
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

const undelayed = new WeakMap<AlarmRule, AlarmRule | null>();

/**
 * Whether a reading says the opposite of what its alarm was at that instant, in itself: had it come in
 * time, its rule would have turned or begun to turn. Kinds that need more than one reading to say
 * anything contradict nothing. Pure.
 */
export function contradicts(
  rule: AlarmRule,
  device: WatchedDevice,
  wasActive: boolean,
  ts: number,
  value: Value,
): boolean {
  const plain = undelayed.get(rule) ?? withoutDelays(rule);
  undelayed.set(rule, plain);
  if (!plain) return false;
  const state: Evaluation = wasActive ? { ...begun(), level: 0, levels: [on] } : begun();
  const { crossings } = evaluate(plain, device, state, { ts, value, flag: 1 });
  return crossings.some(({ event }) => event === (wasActive ? "clear" : "raise"));
}

function withoutDelays(rule: AlarmRule): AlarmRule | null {
  const now = { onDelayMs: 0, offDelayMs: 0, onSamples: 1, offSamples: 1 };
  switch (rule.kind) {
    case "state":
      return { ...rule, ...now };
    case "outside":
      return {
        ...rule,
        ...now,
        levels: rule.levels.slice(0, 1).map((one) => ({ ...one, ...now })),
      };
    case "high":
    case "low":
      if (rule.medianOf > 1) return null;
      return {
        ...rule,
        ...now,
        levels: rule.levels.slice(0, 1).map((one) => ({ ...one, ...now })),
      };
    default:
      return null;
  }
}
