import type { HandoverFacts, HandoverHiddenAlarm, HandoverList } from "@kenh/schemas";
import type { ReactNode } from "react";
import { DispatchStanding } from "../../../src/alarms-panel/dispatch/dispatch-mark.tsx";
import { words as panelWords } from "../../../src/alarms-panel/words.ts";
import type { Language } from "../../../src/shared/language.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { timeText } from "../../../src/shared/time-text.ts";
import { Table } from "../engineer/table.tsx";
import { words } from "./words.ts";

/** What the station knew when the shift was handed over. */
export function Facts({ facts, language }: { facts: HandoverFacts; language: Language }) {
  const say = words[language];
  const { open, shelved, outOfService, suppressed, dispatches } = facts;
  const { priorities } = panelWords[language];
  const time = (ts: number | null): string => (ts === null ? "–" : timeText(ts));
  const name = (text: { vi: string; en: string } | null) => (
    <bdi>{textOf(text, language) || "–"}</bdi>
  );
  const hidden = (list: HandoverList<HandoverHiddenAlarm>) => (
    <List
      heads={[say.message, say.at, say.until, say.by, say.reason]}
      list={list}
      language={language}
      row={(one) => [
        name(one.message),
        name(one.place),
        time(one.until),
        <bdi key="by">{one.by ?? "–"}</bdi>,
        <bdi key="why">{one.comment ?? "–"}</bdi>,
      ]}
    />
  );
  return (
    <div className="shift-facts">
      <p className="hint">{say.since(timeText(facts.since), timeText(facts.asOf))}</p>
      <Part
        title={say.facts.open}
        count={open.total}
        more={open.total > 0 ? `${open.unacknowledged} ${say.unacknowledged}` : ""}
      >
        <List
          heads={[say.priority, say.message, say.at, say.raisedAt, say.acknowledgedBy]}
          list={open}
          language={language}
          row={(one) => [
            `${one.priority} · ${priorities[one.priority]}`,
            name(one.message),
            name(one.place),
            time(one.raisedAt),
            one.acknowledgedAt === null ? (
              <span key="no" className="eng-warn">
                ○ {say.unacknowledged}
              </span>
            ) : (
              <bdi key="yes">✓ {one.acknowledgedBy ?? ""}</bdi>
            ),
          ]}
        />
      </Part>
      <Part
        title={say.facts.dispatches}
        count={dispatches.total}
        more={dispatches.overdue > 0 ? say.overdue(dispatches.overdue) : ""}
      >
        <List
          heads={[say.agency, say.message, say.at, say.instruction, say.deadline, say.state]}
          list={dispatches}
          language={language}
          row={(one) => [
            name(one.label),
            name(one.message),
            name(one.place),
            <bdi key="what">{one.instruction}</bdi>,
            time(one.deadline),
            <DispatchStanding key="state" dispatch={{ ...one, late: false }} language={language} />,
          ]}
        />
      </Part>
      <Part title={say.facts.shelved} count={shelved.total}>
        {hidden(shelved)}
      </Part>
      <Part title={say.facts.outOfService} count={outOfService.total}>
        {hidden(outOfService)}
      </Part>
      <Part title={say.facts.suppressed} count={suppressed.total}>
        <List
          heads={[say.message, say.at, say.count]}
          // What is counted are the alarms, what is listed their causes.
          list={{ ...suppressed, total: suppressed.listed.length }}
          language={language}
          row={(one) => [name(one.message), name(one.place), one.count]}
        />
      </Part>
      <Part title={say.facts.lateDatasets} count={facts.lateDatasets.total}>
        <List
          heads={[say.dataset, say.agency, say.state]}
          list={facts.lateDatasets}
          language={language}
          row={(one) => [
            name(one.label),
            name(one.agency),
            say.datasetStates[one.state] ?? one.state,
          ]}
        />
      </Part>
      <Part title={say.facts.silentDevices} count={facts.silentDevices.total}>
        <List
          heads={[say.device, say.lastSeen]}
          list={facts.silentDevices}
          language={language}
          row={(one) => [name(one.place), time(one.lastSeenAt)]}
        />
      </Part>
      <section className="shift-fact">
        <h3>{say.facts.counts}</h3>
        <p className="eng-facts">
          {(Object.keys(say.counts) as (keyof typeof say.counts)[]).map((kind) => (
            <span key={kind}>
              <b>{facts.counts[kind]}</b> {say.counts[kind]}
            </span>
          ))}
        </p>
      </section>
    </div>
  );
}

interface PartProps {
  readonly title: string;
  readonly count: number;
  readonly more?: string;
  readonly children: ReactNode;
}

function Part({ title, count, more = "", children }: PartProps) {
  return (
    <section className="shift-fact" data-any={count > 0} aria-label={title}>
      <h3>
        {title} <b>{count}</b>
        {more && <span className="eng-warn"> · {more}</span>}
      </h3>
      {count > 0 && children}
    </section>
  );
}

interface ListProps<T> {
  readonly heads: readonly string[];
  readonly list: HandoverList<T>;
  readonly language: Language;
  readonly row: (one: T) => readonly ReactNode[];
}

function List<T>({ heads, list, language, row }: ListProps<T>) {
  const { listed, total } = list;
  return (
    <>
      <Table heads={heads}>
        {listed.map((one, at) => (
          // What was frozen never moves.
          // biome-ignore lint/suspicious/noArrayIndexKey: the list of a note is as it is
          <tr key={at}>
            {row(one).map((cell, column) => (
              <td key={heads[column]}>{cell}</td>
            ))}
          </tr>
        ))}
      </Table>
      {total > listed.length && (
        <p className="hint">{words[language].more(total - listed.length)}</p>
      )}
    </>
  );
}
