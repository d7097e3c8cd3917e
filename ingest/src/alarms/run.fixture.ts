import type { AlarmRule, Flag, Value } from "@kenh/schemas";
import { begun, type Crossing, type Evaluation, evaluate } from "./evaluate.ts";
import type { WatchedDevice } from "./signals/signal.ts";

export type Reading = readonly [ts: number, value: Value | null, flag?: Flag];

const anyDevice: WatchedDevice = { intervalMs: undefined };

/** Judges readings in the order given, from a copy of a state. */
export function run(
  rule: AlarmRule,
  readings: readonly Reading[],
  device = anyDevice,
  from: Evaluation = begun(),
): {
  crossings: Crossing[];
  values: (number | null | undefined)[];
  late: number;
  state: Evaluation;
} {
  const state = structuredClone(from);
  let late = 0;
  const crossings: Crossing[] = [];
  const values: (number | null | undefined)[] = [];
  for (const [ts, value, flag = 2] of readings) {
    const verdict = evaluate(rule, device, state, { ts, value, flag });
    if (verdict.late) late += 1;
    crossings.push(...verdict.crossings);
    values.push(verdict.heard === "judged" ? state.value : undefined);
  }
  return { crossings, values, late, state };
}

/** Crossings as `event@at`, with the level that holds from there on. */
export function told(crossings: readonly Crossing[]): string[] {
  return crossings.map(
    ({ event, at, level }) => `${event}@${at}${level === null ? "" : ` ${level}`}`,
  );
}

/** Readings at equal steps from 0. */
export function every(stepMs: number, values: readonly Value[], from = 0): Reading[] {
  return values.map((value, index) => [from + index * stepMs, value]);
}
