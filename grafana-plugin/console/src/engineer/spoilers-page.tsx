import type { ReactNode } from "react";
import type { Language } from "../../../src/shared/language.ts";
import { timeText } from "../../../src/shared/time-text.ts";
import { words as pageWords } from "../words.ts";
import { useAsked } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { type Axis, hrefOf } from "./route.ts";
import type { Spoilers } from "./shapes.ts";
import { Table } from "./table.tsx";
import { words } from "./words.ts";

interface Props extends PageProps {
  readonly dataset: string;
  readonly axis: Axis;
  readonly month: string;
}

/** What stands behind a share of the report: the readings, the items in quarantine, or who did not deliver. */
export function SpoilersPage({ api, language, dataset, axis, month }: Props) {
  const say = words[language];
  const query = new URLSearchParams({ axis, month, limit: "500" });
  const path = `/api/v1/datasets/${encodeURIComponent(dataset)}/spoilers?${query}`;
  const { answer, failure, again } = useAsked<Spoilers>(api, path);
  const rows = answer && rowsOf(answer, language);
  return (
    <>
      <div className="eng-head">
        <h1>{say.spoilersOf(say.axes[axis], month.split("-").reverse().join("/"))}</h1>
        <a href={hrefOf({ page: "sharing", month })}>{say.sharingReport}</a>
      </div>
      <p className="hint">
        {say.dataset}: <bdi>{dataset}</bdi>
      </p>
      <FailureNote failure={failure} language={language} onAgain={again} />
      {rows?.length === 0 && <p className="hint">{say.nothingSpoils}</p>}
      {rows && rows.length > 0 && (
        <Table heads={[say.device, say.state, say.period]}>
          {rows.map(({ key, device, what, when }) => (
            <tr key={key}>
              <td>
                <a href={hrefOf({ page: "device", identity: device })}>
                  <bdi>{device}</bdi>
                </a>
              </td>
              <td>{what}</td>
              <td>{when}</td>
            </tr>
          ))}
        </Table>
      )}
      {answer?.more && <p className="hint">{say.moreSpoilers}</p>}
    </>
  );
}

interface Row {
  readonly key: string;
  readonly device: string;
  readonly what: ReactNode;
  readonly when: string;
}

function rowsOf(spoilers: Spoilers, language: Language): Row[] {
  const say = words[language];
  const flags: Readonly<Record<number, string | undefined>> = pageWords[language].flags;
  return [
    ...(spoilers.readings ?? []).map(({ device, quantity, ts, value, flag }) => ({
      ...{ key: `${device} ${quantity} ${ts}`, device, when: timeText(ts) },
      what: (
        <>
          <bdi>{`${quantity} = ${value}`}</bdi>
          <small>{flags[flag] ?? flag}</small>
        </>
      ),
    })),
    ...(spoilers.quarantined ?? []).map(({ id, device, reason, detail, receivedAt }) => ({
      ...{ key: String(id), device: device ?? "", when: timeText(receivedAt) },
      what: (
        <>
          {say.reasons[reason] ?? reason}
          <small>
            <bdi>{detail}</bdi>
          </small>
        </>
      ),
    })),
    ...(spoilers.tardy ?? []).map(({ device, ts, arrivedAt, readings }) => ({
      ...{ key: `${device} ${ts}`, device, when: `${timeText(ts)} → ${timeText(arrivedAt)}` },
      what: `${say.spoilerKinds.late}: ${say.readingCount(readings)}`,
    })),
    ...(spoilers.undelivered ?? []).map(({ device, kind, from, to, periods }) => ({
      ...{ key: `${device} ${from}`, device, what: say.spoilerKinds[kind] },
      when: `${timeText(from)} – ${timeText(to)} (${say.periods(periods)})`,
    })),
  ];
}
