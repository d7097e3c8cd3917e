import type { RuleOf, Value } from "@kenh/schemas";
import { difference } from "./difference.ts";
import type { Signal, WatchedDevice } from "./signal.ts";

/** The reading before, and the device's rhythm up to it: 0 while nobody knows it. */
export interface Previous {
  ts: number;
  value: number;
  rhythmMs: number;
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
  signal: Signal,
): Previous | undefined {
  if (typeof value !== "number") return undefined;
  if (memory === null) {
    signal.known = "nothing";
    return { ts, value, rhythmMs: 0 };
  }
  const stepMs = ts - memory.ts;
  const usualMs = slack * memory.rhythmMs;
  const fresh = stepMs <= Math.max(windowMs, usualMs);
  if (fresh) signal.value = Math.abs(difference(value, memory.value));
  else signal.known = "nothing";
  memory.ts = ts;
  memory.value = value;
  memory.rhythmMs = usualMs === 0 ? stepMs : Math.min(stepMs, usualMs);
  return memory;
}
