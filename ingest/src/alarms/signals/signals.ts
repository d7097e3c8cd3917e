import type { AlarmRule, RuleKind, RuleOf, Value } from "@kenh/schemas";
import { readCombination } from "./combination.ts";
import type { Heard, Read, WatchedDevice } from "./signal.ts";
import { readSample } from "./stale.ts";
import { readState } from "./state.ts";
import { readBand, readValue } from "./value.ts";

/** Each kind with a memory of its own, which nobody else looks into. */
type Readers = {
  readonly [K in RuleKind]?: (
    rule: RuleOf<K>,
    device: WatchedDevice,
    memory: never,
    ts: number,
    value: Value,
  ) => Heard<unknown> | null;
};

const readers: Readers = {
  high: readValue,
  low: readValue,
  outside: readBand,
  state: readState,
  stale: readSample,
  combination: readCombination,
};

/** How rules of this kind read. */
export function readerOf(kind: RuleKind): Read<AlarmRule, unknown> {
  return (readers[kind] ?? (() => null)) as Read<AlarmRule, unknown>;
}
