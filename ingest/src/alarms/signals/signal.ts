import type { AlarmRule, Value } from "@kenh/schemas";
import type { RegisteredDevice } from "../../registry.ts";

/** What a signal may know of the device whose readings it reads. */
export type WatchedDevice = Pick<RegisteredDevice, "intervalMs">;

/** What a kind of rule makes of a reading: a number to compare with limits, or a condition. */
export interface Signal {
  /** In the unit of the rule's limits; what an alarm shows. Null where there is no number to show. */
  readonly value: number | null;
  /** For the kinds without limits: whether the condition holds. */
  readonly holds?: boolean;
  /** What the readings so far prove of the number; `exactly` when absent. */
  readonly known?: "exactly" | "at least" | "at most";
}

/** A signal with what has to be remembered of the reading for the next one. */
export interface Heard<Memory> {
  /** Null while too little has been read to say anything: nothing holds, nothing is interrupted. */
  readonly signal: Signal | null;
  readonly memory: Memory;
}

/**
 * How one kind of rule reads. Pure; `Memory` is plain JSON of a bounded size, null before the first
 * reading. Readings come with `ts` rising.
 * @returns null when the value is none that this kind understands: it is passed over
 */
export type Read<Rule extends AlarmRule, Memory> = (
  rule: Rule,
  device: WatchedDevice,
  memory: Memory | null,
  ts: number,
  value: Value,
) => Heard<Memory> | null;
