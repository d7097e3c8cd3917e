import { type Conversion, convert, type Flag, flags, type Value } from "@kenh/schemas";
import { hasDecimals, numberIn, type Raw } from "./raw.ts";

/** How the answer for one quantity is read. */
export interface Reader extends Conversion {
  readonly unit?: string | undefined;
  readonly map?: Readonly<Record<string, Value>> | undefined;
  readonly text?: boolean;
}

export interface Outcome {
  /** Undefined with flag 9. */
  readonly value?: Value;
  readonly flag: Flag;
  /** Why there is no value although there is an answer. */
  readonly reason?: string;
}

const missing = (reason?: string): Outcome => ({ flag: flags.missing, ...(reason && { reason }) });

/** Reads an answer; none at all is missing, and so is what can mean two things. */
export function readPoint(raw: Raw | undefined, reader: Reader): Outcome {
  if (raw === undefined) return missing();
  const shown = JSON.stringify(raw);
  if (reader.text) return { value: String(raw), flag: flags.notEvaluated };
  if (reader.map) {
    const key = String(raw).trim();
    return Object.hasOwn(reader.map, key)
      ? { value: reader.map[key] as Value, flag: flags.notEvaluated }
      : missing(`${shown} is not in the map`);
  }
  const found = numberIn(raw, reader.unit);
  if (!found) return missing(`${shown} is no number that can mean one thing`);
  if (!found.inUnit && hasDecimals(raw) && reader.scale !== 1) {
    return missing(`${shown} has decimals and no unit: scaled already, or not?`);
  }
  // A text that names its unit is in it: scale, offset and bounds are those of the bare number.
  const { number, inUnit } = found;
  const { value, flag } = inUnit
    ? convert((number - reader.offset) / reader.scale, reader)
    : convert(number, reader);
  return value === null ? missing() : { value, flag };
}
