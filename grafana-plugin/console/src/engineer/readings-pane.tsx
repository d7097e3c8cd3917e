import type { Quantity } from "@kenh/schemas";
import type { Language } from "../../../src/shared/language.ts";
import { numberText } from "../../../src/shared/reading-text.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { valueText } from "../value-text.ts";
import { Said } from "./said-text.tsx";
import type { ProfileCheck } from "./shapes.ts";
import { words } from "./words.ts";

interface Props {
  readonly check: ProfileCheck | null;
  readonly quantities: ReadonlyMap<string, Quantity>;
  readonly language: Language;
}

/** What the sample gives by the profile, each value held against what is plausible. */
export function ReadingsPane({ check, quantities, language }: Props) {
  const say = words[language];
  if (!check) return <p className="hint">{say.checking}</p>;
  if (check.unreadable !== null) {
    return (
      <div className="problem">
        <p>{say.unreadable}</p>
        <p className="eng-said">
          <Said text={check.unreadable} language={language} />
        </p>
      </div>
    );
  }
  if (!check.readings) return <p className="hint">{say.noReadings}</p>;
  const readings = Object.entries(check.readings);
  if (readings.length === 0) return <p className="hint">{say.givesNothing}</p>;
  return (
    <div className="eng-table" aria-live="polite">
      <table>
        <tbody>
          {readings.map(([name, value]) => {
            const quantity = quantities.get(name);
            const { min, max, unit = "" } = quantity ?? {};
            const isOutside =
              typeof value === "number" &&
              ((min !== undefined && value < min) || (max !== undefined && value > max));
            return (
              <tr key={name}>
                <th scope="row">
                  {textOf(quantity?.label, language) || name}
                  <small className="eng-code">{name}</small>
                </th>
                <td className="eng-number">
                  <bdi>
                    {value === null ? say.missingValue : valueText({ value, unit }, language)}
                  </bdi>
                  {isOutside && (
                    <span className="flag">
                      {say.outside(
                        min === undefined ? "–" : numberText(min, unit, language),
                        max === undefined ? "–" : numberText(max, unit, language),
                      )}
                    </span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
