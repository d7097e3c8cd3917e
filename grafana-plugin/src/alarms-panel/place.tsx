import type { ShownAlarm } from "../shared/alarm-frame.ts";
import type { Language } from "../shared/language.ts";
import { placeTexts } from "./alarm-text.ts";

/** Where an alarm is. Each name by itself: one that is written from right to left turns no other. */
export function Place({ alarm, language }: { alarm: ShownAlarm; language: Language }) {
  const [first, ...more] = placeTexts(alarm, language);
  return (
    <span className="kenh-place">
      <bdi>{first}</bdi>
      {more.map((name) => (
        <span key="device">
          {" · "}
          <bdi>{name}</bdi>
        </span>
      ))}
    </span>
  );
}
