import type { AlarmRule, RuleKind, RuleOf, Value } from "@kenh/schemas";
import { readAnomaly } from "./anomaly.ts";
import { readCombination } from "./combination.ts";
import { readDeviation } from "./deviation.ts";
import { readForecast } from "./forecast.ts";
import { readFrozen } from "./frozen.ts";
import { readJump } from "./jump.ts";
import { readRate } from "./rate.ts";
import type { Read, Signal, WatchedDevice } from "./signal.ts";
import { readSample } from "./stale.ts";
import { readState } from "./state.ts";
import { readBand, readValue } from "./value.ts";
import { readWindow } from "./window.ts";

/** Each kind with a memory of its own, which nobody else looks into. */
type Readers = {
  readonly [K in RuleKind]: (
    rule: RuleOf<K>,
    device: WatchedDevice,
    memory: never,
    ts: number,
    value: Value,
    signal: Signal,
  ) => unknown;
};

const readers: Readers = {
  high: readValue,
  low: readValue,
  outside: readBand,
  deviation: readDeviation,
  rate: readRate,
  jump: readJump,
  window: readWindow,
  forecast: readForecast,
  anomaly: readAnomaly,
  state: readState,
  stale: readSample,
  frozen: readFrozen,
  combination: readCombination,
};

/** How rules of this kind read. */
export function readerOf(kind: RuleKind): Read<AlarmRule, unknown> {
  return readers[kind] as Read<AlarmRule, unknown>;
}
