import type { AlarmRule } from "@kenh/schemas";

export type Schedule = NonNullable<AlarmRule["schedule"]>;

/** One day's hours of a schedule, in milliseconds since 1970 UTC; `to` is past its end. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

const dayMs = 86_400_000;
/** Offsets of time zones are multiples of this. */
const slotMs = 15 * 60_000;

/** The hours of the schedule that `ts` lies in, null outside of them. They may go past midnight. */
export function hoursAt({ from, to, timeZone }: Schedule, ts: number): Hours | null {
  const offset = offsetOf(timeZone, ts);
  const start = timeOfDay(from);
  const length = modulo(timeOfDay(to) - start, dayMs);
  const passed = modulo(ts + offset - start, dayMs);
  if (passed >= length) return null;
  const end = ts - passed + length;
  // Where the clock is changed meanwhile, the hours end by the clock on the wall.
  return { from: ts - passed, to: end + offset - offsetOf(timeZone, end) };
}

/** Whether the name is one of a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The offset of each zone in the quarter of an hour that was last asked for: readings come in order. */
const offsets = new Map<string, { slot: number; offset: number; format: Intl.DateTimeFormat }>();

/** How far the clock on the wall is ahead of UTC, in milliseconds. */
function offsetOf(timeZone: string, ts: number): number {
  const slot = Math.floor(ts / slotMs);
  const known = offsets.get(timeZone);
  if (known?.slot === slot) return known.offset;
  const format =
    known?.format ??
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      ...{ year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric", second: "numeric" },
    });
  const start = slot * slotMs;
  const at = Object.fromEntries(format.formatToParts(start).map((p) => [p.type, Number(p.value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) - start;
  offsets.set(timeZone, { slot, offset, format });
  return offset;
}

function timeOfDay(text: string): number {
  const [hours, minutes] = text.split(":").map(Number);
  return ((hours as number) * 60 + (minutes as number)) * 60_000;
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}
