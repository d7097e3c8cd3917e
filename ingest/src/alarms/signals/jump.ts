import type { RuleOf, Value } from "@kenh/schemas";
import { difference } from "./difference.ts";
import type { Heard, WatchedDevice } from "./signal.ts";

/** The reading before. */
export interface Previous {
  readonly ts: number;
  readonly value: number;
}

/** `jump`: how far the value is from the one before, up or down. After a gap nobody can say. */
export function readJump(
  { windowMs }: RuleOf<"jump">,
  _device: WatchedDevice,
  memory: Previous | null,
  ts: number,
  value: Value,
): Heard<Previous> | null {
  if (typeof value !== "number") return null;
  const fresh = memory !== null && ts - memory.ts <= windowMs;
  const signal = fresh ? { value: Math.abs(difference(value, memory.value)) } : null;
  return { signal, memory: { ts, value } };
}
