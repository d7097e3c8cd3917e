import { dayOf } from "../derive/spans.ts";
import { hourMs } from "./windows.ts";

/** Parts of a day: bit n is its hour n, bit 24 the day as a whole. */
export type Bits = number;
export const dayBit: Bits = 1 << 24;
export const allHours: Bits = dayBit - 1;

/** The day and the hour that an instant is in, by their starts, and the hour as a part of its day. */
export function partOf(ts: number): {
  readonly day: number;
  readonly hour: number;
  readonly bit: Bits;
} {
  const day = dayOf(ts);
  const hour = Math.floor((ts - day) / hourMs);
  return { day, hour: day + hour * hourMs, bit: 1 << hour };
}

/** The hours among some parts, in order. */
export function hoursIn(bits: Bits): number[] {
  return Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => bits & (1 << hour));
}

/** The parts of a day that are over by then. */
export function endedParts(day: number, by: number): Bits {
  const hours = Math.min(24, Math.max(0, Math.floor((by - day) / hourMs)));
  return hours === 24 ? allHours | dayBit : (1 << hours) - 1;
}
