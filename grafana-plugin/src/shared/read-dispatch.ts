import type { AlarmDispatch, DispatchState } from "@kenh/schemas";

const states = new Set<unknown>([
  "assigned",
  "accepted",
  "returned",
  "handled",
  "withdrawn",
] satisfies DispatchState[]);

/** A dispatch as a frame carries it; null for none, and for one that would break the screen. */
export function readDispatch(text: string): AlarmDispatch | null {
  if (text === "") return null;
  try {
    const given = JSON.parse(text) as Partial<Record<keyof AlarmDispatch, unknown>> | null;
    const { vi, en } = (given?.label ?? {}) as { vi?: unknown; en?: unknown };
    const fits =
      typeof given?.id === "string" &&
      typeof given.agency === "string" &&
      typeof vi === "string" &&
      typeof en === "string" &&
      states.has(given.state) &&
      Number.isFinite(given.deadline);
    return fits ? (given as AlarmDispatch) : null;
  } catch {
    return null;
  }
}
