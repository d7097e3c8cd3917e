import type { RuleOf, Value } from "@kenh/schemas";
import type { Signal, WatchedDevice } from "./signal.ts";

/** `state`: whether the value is one of those named, has one of the words, or has the bit. */
export function readState(
  { equals, includes, bit }: RuleOf<"state">,
  _device: WatchedDevice,
  _memory: null,
  _ts: number,
  value: Value,
  signal: Signal,
): null {
  signal.holds =
    (equals?.includes(value) ?? false) ||
    (includes !== undefined && typeof value === "string" && hasWord(value, includes)) ||
    (bit !== undefined && typeof value === "number" && hasBit(value, bit));
  if (typeof value === "number") signal.value = value;
  return null;
}

/** UPS status words and their like stand apart by spaces or commas. */
function hasWord(text: string, words: readonly string[]): boolean {
  return text.split(/[\s,;]+/).some((word) => words.includes(word));
}

/** Of whole numbers up to 2^53; the operators of the language know 32 bits. */
function hasBit(value: number, bit: number): boolean {
  return Math.floor(value / 2 ** bit) % 2 !== 0;
}
