import type { ShownAlarm } from "../shared/alarm-frame.ts";
import type { Language } from "../shared/language.ts";
import { alarmReadingText } from "../shared/reading-text.ts";
import { textOf } from "../shared/text-of.ts";
import type { Refusal } from "./calls.ts";
import type { Words } from "./words-vi.ts";

/** What is wrong; the rule's name where it has no words. */
export function messageText(alarm: ShownAlarm, language: Language): string {
  return textOf(alarm.message, language) || alarm.rule;
}

/** Site and device as people call them; the identity where the registry has no words. */
export function placeTexts(alarm: ShownAlarm, language: Language): readonly string[] {
  const labels = [alarm.siteLabel, alarm.deviceLabel].flatMap((label) =>
    label ? [textOf(label, language)] : [],
  );
  return labels.length > 0 ? labels : [alarm.device];
}

/** The site alone. */
export function siteText(alarm: ShownAlarm, language: Language): string {
  return textOf(alarm.siteLabel, language) || alarm.device.split("/").slice(0, 3).join("/");
}

/** The value against its limit; empty for an alarm without a value. */
export function readingText(alarm: ShownAlarm, language: Language): string {
  const { value } = alarm;
  return value === null ? "" : alarmReadingText({ ...alarm, value }, language);
}

export function refusalText(refusal: Refusal, say: Words): string {
  return refusal.kind === "failed" ? say.failed(refusal.status) : say.refused[refusal.kind];
}
