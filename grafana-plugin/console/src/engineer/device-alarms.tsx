import type { Alarm } from "@kenh/schemas";
import { words as panelWords } from "../../../src/alarms-panel/words.ts";
import { alarmReadingText } from "../../../src/shared/reading-text.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { timeText } from "../../../src/shared/time-text.ts";
import type { ListedDevice } from "../station.ts";
import { useAsked } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { words } from "./words.ts";

/** The alarms of the device that are not over. */
export function DeviceAlarms({ api, device, language }: PageProps & { device: ListedDevice }) {
  const say = words[language];
  const ward = device.identity.split("/").slice(0, 2).join("/");
  const { answer, failure, at } = useAsked<{ alarms: Alarm[] }>(
    api,
    `/api/v1/alarms?unit=${encodeURIComponent(ward)}`,
    5000,
  );
  const alarms = (answer?.alarms ?? []).filter(
    (alarm) => alarm.device === device.identity && alarm.state !== "normal",
  );
  return (
    <>
      <FailureNote failure={failure} language={language} at={at} />
      {answer && alarms.length === 0 && <p className="hint">{say.noAlarms}</p>}
      <ul className="eng-items">
        {alarms
          .toSorted((a, b) => a.priority - b.priority)
          .map((alarm) => {
            const { id, priority, state, raisedAt, value, quantity } = alarm;
            // A rule may watch what is no value of the device, such as its silence.
            const unit = device.values[quantity]?.unit;
            return (
              <li key={id} data-priority={priority}>
                <div className="eng-item-head">
                  <strong>
                    <span className="eng-priority">{priority}</span>{" "}
                    {panelWords[language].priorities[priority]}
                  </strong>
                  <span>{panelWords[language].states[state]}</span>
                  {raisedAt !== null && <span className="eng-when">{timeText(raisedAt)}</span>}
                </div>
                <p>
                  {textOf(alarm.message, language) || alarm.rule}
                  {value !== null && unit !== undefined && (
                    <>
                      {" · "}
                      <b>{alarmReadingText({ ...alarm, value, unit }, language)}</b>
                    </>
                  )}
                </p>
              </li>
            );
          })}
      </ul>
    </>
  );
}
