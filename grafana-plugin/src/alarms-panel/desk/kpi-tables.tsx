import { type Language, locales } from "../../shared/language.ts";
import { ageText } from "../../shared/time-text.ts";
import { words } from "../words.ts";

/** From the announcement to the acknowledgement, in milliseconds; null where nothing was acknowledged. */
export interface AnswerTime {
  readonly count: number;
  readonly medianMs: number | null;
  readonly p90Ms: number | null;
}

/** Who acknowledged how many, and what each unit had to take. */
export interface KpiGroups {
  readonly operators: readonly (AnswerTime & { readonly actor: string })[];
  readonly units: readonly {
    readonly unit: string;
    readonly alarms: number;
    readonly per10Min: { readonly most: number };
    readonly floodShare: number;
    readonly toAcknowledge: AnswerTime;
  }[];
}

/** The figures of the day, a line for each operator and for each unit, the busiest first. */
export function KpiTables({ groups, language }: { groups: KpiGroups; language: Language }) {
  const say = words[language].kpis;
  const percent = new Intl.NumberFormat(locales[language], {
    style: "percent",
    maximumFractionDigits: 1,
  });
  const age = (ms: number | null) => (ms === null ? "–" : ageText(ms, language));
  const times = ({ count, medianMs, p90Ms }: AnswerTime) => [count, age(medianMs), age(p90Ms)];
  const answered = [say.answered, say.median, say.p90];
  const operators = groups.operators.toSorted((a, b) => b.count - a.count);
  const units = groups.units.toSorted((a, b) => b.alarms - a.alarms);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a province's list scrolls, by keys too
    <section className="kenh-groups" aria-label={say.groups} tabIndex={0}>
      {operators.length === 0 ? (
        <p>{say.nobody}</p>
      ) : (
        <Table
          name={say.operators}
          heads={answered}
          lines={operators.map((one) => [one.actor, times(one)])}
        />
      )}
      <Table
        name={say.units}
        heads={[say.alarms, say.most, say.flood, ...answered]}
        lines={units.map((one) => [
          one.unit,
          [
            one.alarms,
            one.per10Min.most,
            percent.format(one.floodShare),
            ...times(one.toAcknowledge),
          ],
        ])}
      />
    </section>
  );
}

interface TableProps {
  readonly name: string;
  readonly heads: readonly string[];
  readonly lines: readonly (readonly [name: string, cells: readonly (string | number)[]])[];
}

function Table({ name, heads, lines }: TableProps) {
  return (
    <table>
      <thead>
        <tr>
          {[name, ...heads].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map(([line, cells]) => (
          <tr key={line}>
            <th scope="row" title={line}>
              <bdi>{line}</bdi>
            </th>
            {cells.map((cell, at) => (
              <td key={heads[at]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
