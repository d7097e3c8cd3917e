import type { Doubted, Dump } from "./dump.ts";

/** Temperatures that may be constants, and what they then say. */
const placeholders: Readonly<Record<string, readonly number[]>> = {
  "battery.temperature": [0, 25],
  "ups.temperature": [0, 25],
  "ambient.temperature": [0],
};

/**
 * 0 and 25 °C to the digit are what a UPS without a sensor says: Megatec's protocol has a field for the
 * temperature whether there is one or not. Once the same variable has been seen to say something else,
 * it is believed (`moved`).
 */
export function* checkPlaceholders(
  { value }: Dump,
  moved: ReadonlySet<string>,
): Generator<Doubted> {
  for (const [name, constants] of Object.entries(placeholders)) {
    const degrees = value(name);
    if (degrees !== undefined && constants.includes(degrees) && !moved.has(name))
      yield [name, `${degrees} °C to the digit is what an absent sensor says`];
  }
}

/** Notes the temperatures that this answer shows to be measured. */
export function noteMoved({ value }: Dump, moved: Set<string>): void {
  for (const [name, constants] of Object.entries(placeholders)) {
    const degrees = value(name);
    if (degrees !== undefined && !constants.includes(degrees)) moved.add(name);
  }
}
