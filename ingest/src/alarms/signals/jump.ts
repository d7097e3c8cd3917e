import type { RuleOf, Value } from "@kenh/schemas";
import { difference } from "./difference.ts";
import type { Heard, WatchedDevice } from "./signal.ts";

/** The reading before, and the device's rhythm up to it: 0 while nobody knows it. */
export interface Previous {
  readonly ts: number;
  readonly value: number;
  readonly rhythmMs: number;
}

/** How far a step may be out of the rhythm; and how fast the rhythm becomes slower, for one gap is none. */
const slack = 1.5;

/**
 * `jump`: how far the value is from the one before, up or down. That may be as old as the window, or
 * as the device's own rhythm makes it, so that a rule for a gauge of one minute serves one of fifteen.
 * After a gap nobody can say.
 */
export function readJump(
  { windowMs }: RuleOf<"jump">,
  _device: WatchedDevice,
  memory: Previous | null,
  ts: number,
  value: Value,
): Heard<Previous> | null {
  if (typeof value !== "number") return null;
  if (memory === null) return { signal: null, memory: { ts, value, rhythmMs: 0 } };
  const stepMs = ts - memory.ts;
  const usualMs = slack * memory.rhythmMs;
  const fresh = stepMs <= Math.max(windowMs, usualMs);
  const signal = fresh ? { value: Math.abs(difference(value, memory.value)) } : null;
  const rhythmMs = usualMs === 0 ? stepMs : Math.min(stepMs, usualMs);
  return { signal, memory: { ts, value, rhythmMs } };
}
