import type { Language } from "../../../src/shared/language.ts";
import { numberText } from "../../../src/shared/reading-text.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { valueText } from "../value-text.ts";
import { words as pageWords } from "../words.ts";
import { Scrolled } from "./payload.tsx";
import { Said } from "./said-text.tsx";
import type { Preview } from "./shapes.ts";
import { Table } from "./table.tsx";
import { words } from "./words.ts";

/** What registering a device would come to: what is stored, what is set aside, which alarms, which pages. */
export function AddPreview({ language, preview }: { language: Language; preview: Preview }) {
  const say = words[language];
  const { stored, setAside, alarms, dashboards, warnings } = preview;
  return (
    <div className="eng-preview" aria-live="polite">
      {preview.replaces && <p className="problem">{say.replaces}</p>}
      <p className="hint">
        {say.previewSources[preview.source]}{" "}
        {preview.waiting > 0 && say.waitingMessages(preview.waiting)}
      </p>
      {warnings.length > 0 && (
        <div className="problem">
          <p>
            <strong>{say.warnings}</strong>
          </p>
          <ul>
            {warnings.map((each) => (
              <li key={each}>
                <Said text={each} language={language} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <h3>{say.wouldStore(stored.measurement)}</h3>
      <Stored language={language} preview={preview} />
      {stored.lines.length > 0 && (
        <details className="eng-payload">
          <summary>{say.storedLines}</summary>
          <Scrolled text={stored.lines.join("\n")} />
        </details>
      )}
      {setAside.length > 0 && (
        <>
          <h3>{say.wouldSetAside}</h3>
          <ul className="eng-items">
            {setAside.map(({ reason, detail, readings }) => (
              <li key={`${reason} ${detail}`}>
                <strong>{say.reasons[reason] ?? reason}</strong> · {say.readingCount(readings)}
                <p className="eng-said">
                  <Said text={detail} language={language} />
                </p>
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{say.wouldAlarm}</h3>
      {alarms.length === 0 && <p className="hint">{say.noRules}</p>}
      <ul className="eng-items">
        {alarms.map(({ rule, priority, message, fired }) => {
          const raised = fired.filter(({ event }) => event === "raise").length;
          return (
            <li key={rule} data-priority={priority}>
              <span className="eng-priority">{priority}</span> {textOf(message, language) || rule}{" "}
              <b className={raised > 0 ? "eng-warn" : "hint"}>
                {raised > 0 ? say.fired(raised) : say.calm}
              </b>
            </li>
          );
        })}
      </ul>
      <h3>{say.wouldShow}</h3>
      {dashboards.length === 0 && <p className="hint">{say.noDashboards}</p>}
      <ul className="eng-items">
        {dashboards.map(({ uid, title, panels }) => (
          <li key={uid}>
            <strong>{title}</strong> · {panels.join(", ")}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Each field that the device may give, the newest value of the samples, and what is plausible. */
function Stored({ language, preview }: { language: Language; preview: Preview }) {
  const say = words[language];
  const newest = new Map(preview.readings.map((reading) => [reading.quantity, reading]));
  const { flags } = pageWords[language];
  const { fields } = preview.stored;
  const sampled = fields.filter((field) => field.sampled);
  const others = fields.filter((field) => !field.sampled);
  const bound = (value: number | null, unit: string) =>
    value === null ? "–" : numberText(value, unit, language);
  const table = (of: typeof fields) => (
    <Table heads={[say.quantity, say.value, say.plausible]}>
      {of.map(({ name, unit, label, plausible }) => {
        const reading = newest.get(name);
        const flag = reading && flags[reading.flag];
        return (
          <tr key={name}>
            <th scope="row">
              {textOf(label, language) || name}
              <small className="eng-code">{name}</small>
            </th>
            <td className="eng-number">
              <bdi>{reading ? valueText({ ...reading, unit }, language) : "–"}</bdi>
              {flag && <span className="flag">{flag}</span>}
            </td>
            <td className="eng-when">
              {plausible ? `${bound(plausible[0], unit)} – ${bound(plausible[1], unit)}` : "–"}
            </td>
          </tr>
        );
      })}
    </Table>
  );
  return (
    <>
      {sampled.length > 0 && table(sampled)}
      {others.length > 0 && (
        <details className="eng-payload" open={sampled.length === 0}>
          <summary>{say.couldStore(others.length)}</summary>
          {table(others)}
        </details>
      )}
    </>
  );
}
