import type { Alarm, AlarmTransition } from "@kenh/schemas";
import { isAnnounced } from "../marks.ts";

/** What a message of CAP says of the ones before it. */
export type CapType = "Alert" | "Update" | "Cancel";

/** A message of CAP that an alarm led to. */
export interface CapNote {
  readonly type: CapType;
  /** The alarm's version at this transition: with the alarm's id it names the message. */
  readonly version: number;
  readonly line: AlarmTransition;
}

/**
 * The messages that an alarm's history led to, in order. The first announcement is an Alert; what
 * announces it again or grades it anew is an Update; its end is a Cancel, after which the next
 * announcement is an Alert again. Nothing that was never announced is updated or cancelled. Pure.
 */
export function capNotes(history: Alarm["history"]): CapNote[] {
  const notes: CapNote[] = [];
  let open = false;
  history.forEach((line, at) => {
    const type = typeOf(line, open);
    if (!type) return;
    open = type !== "Cancel";
    notes.push({ type, version: at + 1, line });
  });
  return notes;
}

function typeOf(line: AlarmTransition, open: boolean): CapType | undefined {
  const { event } = line;
  // Of what another station had settled when it came here nothing was announced.
  if (line.late && line.settled) return event === "clear" && open ? "Cancel" : undefined;
  if (event === "clear") return open ? "Cancel" : undefined;
  if (isAnnounced(line)) return open ? "Update" : "Alert";
  return open && event === "de-escalate" ? "Update" : undefined;
}

/** The messages that the note at `at` speaks of: all since the last Alert. */
export function referencesOf(notes: readonly CapNote[], at: number): readonly CapNote[] {
  if (notes[at]?.type === "Alert") return [];
  const begun = notes.findLastIndex(({ type }, index) => index < at && type === "Alert");
  return notes.slice(Math.max(begun, 0), at);
}
