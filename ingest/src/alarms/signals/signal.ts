import type { AlarmRule, Value } from "@kenh/schemas";
import type { RegisteredDevice } from "../../registry.ts";

/** What a signal may know of the device whose readings it reads. */
export type WatchedDevice = Pick<RegisteredDevice, "intervalMs">;

/**
 * What a kind of rule makes of a reading: a number to compare with limits, or a condition. One object
 * serves all readings of all rules, for most say nothing new: it counts until the next one is read.
 */
export interface Signal {
  /** In the unit of the rule's limits; what an alarm shows. Null where there is no number to show. */
  value: number | null;
  /** For the kinds without limits: whether the condition holds. Null for the others. */
  holds: boolean | null;
  /**
   * What the readings so far prove of the number; `nothing` while too few have been read to say
   * anything: nothing holds then, and nothing is interrupted.
   */
  known: "exactly" | "at least" | "at most" | "nothing";
}

/**
 * How one kind of rule reads. `Memory` is plain JSON of a bounded size, null before the first reading
 * and for kinds that need none; it is carried on in place. Readings come with `ts` rising.
 * @param signal what the reading says is set here: it is given as one that says null, exactly
 * @returns the memory to give with the next reading; undefined when the value is none that this kind
 * understands: it is passed over
 */
export type Read<Rule extends AlarmRule, Memory> = (
  rule: Rule,
  device: WatchedDevice,
  memory: Memory | null,
  ts: number,
  value: Value,
  signal: Signal,
) => Memory | null | undefined;
