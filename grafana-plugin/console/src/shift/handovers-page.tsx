import type { Handover, HandoverFacts } from "@kenh/schemas";
import { useId, useState } from "react";
import { textOf } from "../../../src/shared/text-of.ts";
import { timeText } from "../../../src/shared/time-text.ts";
import { useAsked } from "../engineer/ask.ts";
import { FailureNote } from "../engineer/failure-note.tsx";
import { Table } from "../engineer/table.tsx";
import { Facts } from "./facts.tsx";
import { GiveForm } from "./give-form.tsx";
import { shiftHref } from "./route.ts";
import type { PageProps } from "./shift.tsx";
import { Signatures } from "./signatures.tsx";
import { TakeForm } from "./take-form.tsx";
import { useUnit } from "./use-unit.ts";
import { words } from "./words.ts";

type Note = Omit<Handover, "facts">;

/** How often the draft is made anew while somebody looks at it. */
const draftEveryMs = 30_000;

/** The shift as it is now, what waits to be taken over, and the earlier notes. */
export function HandoversPage({ api, language, mayOperate }: PageProps) {
  const say = words[language];
  const id = useId();
  const { unit, choices, labels, choose } = useUnit(api);
  const asked = unit === null ? null : `unit=${encodeURIComponent(unit)}`;
  const at = (path: string): string | null => asked && `/api/v1/handovers${path}?${asked}`;
  const notes = useAsked<{ handovers: readonly Note[] }>(api, at(""), draftEveryMs);
  const draft = useAsked<{ facts: HandoverFacts }>(api, at("/draft"), draftEveryMs);
  const [correcting, setCorrecting] = useState(false);
  const known = notes.answer?.handovers ?? [];
  const waiting = known.find(({ incoming, correctedBy }) => !incoming && correctedBy === null);
  const again = (): void => {
    setCorrecting(false);
    notes.again();
    draft.again();
  };
  const nameOf = (key: string): string =>
    key === "*" ? say.everything : textOf(labels.get(key) ?? null, language) || key;
  return (
    <>
      <div className="eng-head">
        <h1>{say.handover}</h1>
        {unit !== null && choices.length > 1 ? (
          <div className="eng-month">
            <label htmlFor={id}>{say.unit}</label>
            <select id={id} value={unit} onChange={(event) => choose(event.target.value)}>
              {choices.map((one) => (
                <option key={one} value={one}>
                  {nameOf(one)}
                </option>
              ))}
            </select>
          </div>
        ) : (
          unit !== null && <bdi>{nameOf(unit)}</bdi>
        )}
      </div>
      <FailureNote
        failure={notes.failure ?? draft.failure}
        language={language}
        at={notes.at}
        onAgain={again}
      />
      {waiting && (
        <section className="eng-part shift-waiting" aria-label={say.waiting}>
          <h2>
            <a href={shiftHref({ page: "handover", id: waiting.id })}>
              {say.waiting} · {timeText(waiting.at)}
            </a>
          </h2>
          <Signatures note={waiting} language={language} />
          {mayOperate && !correcting && (
            <>
              <TakeForm
                key={waiting.id}
                api={api}
                language={language}
                id={waiting.id}
                onTaken={again}
              />
              <button type="button" onClick={() => setCorrecting(true)}>
                {say.correct}
              </button>
            </>
          )}
          {mayOperate && correcting && unit !== null && (
            <GiveForm
              api={api}
              language={language}
              unit={unit}
              corrects={waiting}
              onGiven={again}
              onCancel={() => setCorrecting(false)}
            />
          )}
        </section>
      )}
      {notes.answer && !waiting && mayOperate && unit !== null && (
        <section className="eng-part" aria-label={say.give}>
          <h2>{say.give}</h2>
          <GiveForm
            key={unit}
            api={api}
            language={language}
            unit={unit}
            corrects={null}
            onGiven={again}
          />
        </section>
      )}
      {draft.answer && (
        <section className="eng-part" aria-label={say.now}>
          <h2>{say.now}</h2>
          <Facts facts={draft.answer.facts} language={language} />
        </section>
      )}
      <section className="eng-part" aria-label={say.earlier}>
        <h2>{say.earlier}</h2>
        {notes.answer && known.length === 0 && <p className="hint">{say.noNotes}</p>}
        {known.length > 0 && <NoteTable notes={known} language={language} />}
      </section>
    </>
  );
}

function NoteTable({ notes, language }: { notes: readonly Note[] } & Pick<PageProps, "language">) {
  const say = words[language];
  return (
    <Table heads={[say.when, say.outgoing, say.incoming, say.text]}>
      {notes.map(({ id, at, outgoing, incoming, correctedBy }) => (
        <tr key={id}>
          <td>
            <a href={shiftHref({ page: "handover", id })}>{timeText(at)}</a>
            {correctedBy !== null && (
              <small className="eng-warn">
                {say.correctedBy} {timeText(notes.find((one) => one.id === correctedBy)?.at ?? at)}
              </small>
            )}
          </td>
          <td>
            <bdi>{outgoing.actor}</bdi>
          </td>
          <td>{incoming ? <bdi>{incoming.actor}</bdi> : `○ ${say.waits}`}</td>
          <td className="shift-short">
            <bdi>{outgoing.text}</bdi>
          </td>
        </tr>
      ))}
    </Table>
  );
}
