import { useId } from "react";
import { type Language, locales } from "../../../src/shared/language.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { ageText, timeText } from "../../../src/shared/time-text.ts";
import { useAsked, useDeed } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { axes, hrefOf } from "./route.ts";
import type { SharedDataset, SharingReport } from "./shapes.ts";
import { Table } from "./table.tsx";
import { words } from "./words.ts";

const formats = ["pdf", "csv", "html"] as const;

interface Props extends PageProps {
  /** Empty for the present one. */
  readonly month: string;
}

/** The month's report of units that are late or don't share, and its files. */
export function SharingPage({ api, language, month: given }: Props) {
  const say = words[language];
  const id = useId();
  const months = lastMonths(Date.now());
  const month = given || (months[0] ?? "");
  const path = `/api/v1/reports/sharing?month=${month}`;
  const { answer, failure, again } = useAsked<SharingReport>(api, path);
  const go = (to: string) => {
    location.hash = hrefOf({ page: "sharing", month: to });
  };
  const download = useDeed<void>();
  const save = (format: string) =>
    download.run(async () => {
      const response = await api.open(`${path}&format=${format}`);
      const url = URL.createObjectURL(await response.blob());
      const link = Object.assign(document.createElement("a"), {
        href: url,
        download: `chia-se-du-lieu-${month}.${format}`,
      });
      link.click();
      URL.revokeObjectURL(url);
    });
  return (
    <>
      <div className="eng-head">
        <h1>{say.sharingReport}</h1>
        <div className="eng-month">
          <label htmlFor={id}>{say.month}</label>
          <select id={id} value={month} onChange={(event) => go(event.target.value)}>
            {months.map((each) => (
              <option key={each} value={each}>
                {each.split("-").reverse().join("/")}
              </option>
            ))}
          </select>
        </div>
        {answer &&
          formats.map((format) => (
            <button
              key={format}
              type="button"
              disabled={download.isBusy}
              onClick={() => save(format)}
            >
              {say.download(format.toUpperCase())}
            </button>
          ))}
      </div>
      <FailureNote failure={failure ?? download.failure} language={language} onAgain={again} />
      {answer && (
        <>
          <p className="hint">
            {say.reportOf(
              answer.totals.listed,
              answer.totals.agencies,
              answer.totals.datasets,
              timeText(answer.asOf),
            )}
          </p>
          {answer.agencies.length === 0 && <p className="hint">{say.noContracts}</p>}
          {answer.agencies.length > 0 && <Late report={answer} language={language} month={month} />}
        </>
      )}
    </>
  );
}

/** The months that a report may be asked of, the present one first: as long as anybody asks back. */
function lastMonths(now: number): string[] {
  const [, month = "", year = ""] = timeText(now).slice(0, 10).split("/");
  const present = Number(year) * 12 + Number(month) - 1;
  return Array.from({ length: 24 }, (_, back) => {
    const at = present - back;
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
  });
}

function Late({
  report,
  language,
  month,
}: {
  report: SharingReport;
  language: Language;
  month: string;
}) {
  const say = words[language];
  return (
    <Table
      heads={[
        say.agency,
        say.dataset,
        say.state,
        say.lateFor,
        say.monthBefore,
        ...axes.map((axis) => say.axes[axis]),
      ]}
    >
      {report.agencies.flatMap(({ agency, label, datasets }) =>
        datasets.map((dataset) => (
          <tr key={`${agency} ${dataset.id}`}>
            <td>
              <bdi>{textOf(label, language) || agency}</bdi>
            </td>
            <td>
              <bdi>{textOf(dataset.label, language) || dataset.id}</bdi>
            </td>
            <td className={isLate(dataset) ? "eng-bad" : undefined}>
              {say.sharingStates[dataset.state] ?? dataset.state}
              {dataset.since !== null && <small>{timeText(dataset.since)}</small>}
            </td>
            <td>{lateText(dataset.gapMs, language)}</td>
            <td>{dataset.before ? lateText(dataset.before.gapMs, language) : "–"}</td>
            {axes.map((axis) => {
              const share = dataset.axes[axis];
              const text = shareText(share, language);
              const to = hrefOf({ page: "spoilers", dataset: dataset.id, axis, month });
              return (
                <td key={axis} className="eng-number">
                  {share !== null && share < 1 ? (
                    <a
                      href={to}
                      aria-label={`${say.axes[axis]} ${text}: ${say.whatSpoils(textOf(dataset.label, language) || dataset.id)}`}
                    >
                      {text}
                    </a>
                  ) : (
                    text
                  )}
                </td>
              );
            })}
          </tr>
        )),
      )}
    </Table>
  );
}

const isLate = ({ state }: SharedDataset): boolean =>
  state === "overdue" || state === "delinquent" || state === "not-connected";

const lateText = (ms: number, language: Language): string => (ms > 0 ? ageText(ms, language) : "–");

/** Rounded down: only what is whole is 100. */
function shareText(share: number | null, language: Language): string {
  if (share === null) return "–";
  const percent = Math.floor(share * 1000) / 10;
  return `${new Intl.NumberFormat(locales[language]).format(percent)}%`;
}
