import { numberText } from "../../../src/shared/reading-text.ts";
import { timeText } from "../../../src/shared/time-text.ts";
import { useAsked } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import type { Calibration } from "./shapes.ts";
import { words } from "./words.ts";

/** Who calibrated what and when, the last one first. */
export function DeviceCalibrations({ api, identity, language }: PageProps & { identity: string }) {
  const say = words[language];
  const unit = identity.split("/").slice(0, 2).join("/");
  const { answer, failure } = useAsked<{ calibrations: Calibration[] }>(
    api,
    `/api/v1/registry?unit=${encodeURIComponent(unit)}`,
  );
  const own = (answer?.calibrations ?? [])
    .filter(({ device }) => device === identity)
    .toSorted((a, b) => Date.parse(b.from) - Date.parse(a.from));
  return (
    <>
      <FailureNote failure={failure} language={language} />
      {answer && own.length === 0 && <p className="hint">{say.noCalibrations}</p>}
      <ul className="eng-items">
        {own.map(({ quantity, from, by, note, settings }) => (
          <li key={`${quantity} ${from}`}>
            <div className="eng-item-head">
              <strong className="eng-code">{quantity}</strong>
              <span className="eng-when">{timeText(Date.parse(from))}</span>
              <bdi>{by}</bdi>
            </div>
            {settings && (
              <p className="eng-code">
                {Object.entries(settings)
                  .map(([name, value]) => `${name} ${numberText(value, "", language)}`)
                  .join(", ")}
              </p>
            )}
            {note && <p>{note}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}
