import type { Alarm } from "@kenh/schemas";

/** What of an alarm the screen cannot do without, and how it must look. */
const needed: { readonly [K in keyof Alarm]?: (value: unknown) => boolean } = {
  id: isFilledText,
  device: isFilledText,
  rule: isFilledText,
  priority: (value) => [1, 2, 3, 4].includes(value as number),
  state: isFilledText,
  version: Number.isInteger,
  message: isBoth,
  cause: isBoth,
  action: isBoth,
  history: Array.isArray,
};

/** The value as an alarm; undefined for one that would break the screen. */
export function readAlarm(value: unknown): Alarm | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  return Object.entries(needed).every(([name, fits]) => fits(given[name]))
    ? (value as Alarm)
    : undefined;
}

function isFilledText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isBoth(value: unknown): boolean {
  const { vi, en } = (value ?? {}) as { vi?: unknown; en?: unknown };
  return typeof vi === "string" && typeof en === "string";
}
