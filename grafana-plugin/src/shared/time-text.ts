import { type Language, locales } from "./language.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

// Parts, not dateStyle: vi-VN puts the time first and cuts the year to two digits.
const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Ho_Chi_Minh",
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** `dd/MM/yyyy HH:mm:ss` in Việt Nam, wherever the reader's computer stands; `ts` in milliseconds UTC. */
export function timeText(ts: number): string {
  const part = Object.fromEntries(parts.formatToParts(ts).map(({ type, value }) => [type, value]));
  return `${part.day}/${part.month}/${part.year} ${part.hour}:${part.minute}:${part.second}`;
}

/** The time of day alone, `HH:mm:ss`. */
export function clockText(ts: number): string {
  return timeText(ts).slice(11);
}

/** An age in words with its greatest unit alone: "12 phút", "3 giờ". A negative age counts as none. */
export function ageText(ageMs: number, language: Language): string {
  const [count, unit] =
    ageMs < minuteMs
      ? [Math.max(0, Math.floor(ageMs / 1000)), "second"]
      : ageMs < hourMs
        ? [Math.floor(ageMs / minuteMs), "minute"]
        : ageMs < dayMs
          ? [Math.floor(ageMs / hourMs), "hour"]
          : [Math.floor(ageMs / dayMs), "day"];
  return new Intl.NumberFormat(locales[language], {
    style: "unit",
    unit,
    unitDisplay: "long",
  }).format(count);
}

/** What is left of a time, `5:09`, `1:05:09`; zero when it is over. */
export function countdownText(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  const two = (count: number) => String(count).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}
