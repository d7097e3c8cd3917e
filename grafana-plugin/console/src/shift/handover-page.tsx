import type { Handover } from "@kenh/schemas";
import { textOf } from "../../../src/shared/text-of.ts";
import { timeText } from "../../../src/shared/time-text.ts";
import { useAsked } from "../engineer/ask.ts";
import { FailureNote } from "../engineer/failure-note.tsx";
import { Facts } from "./facts.tsx";
import { shiftHref } from "./route.ts";
import type { PageProps } from "./shift.tsx";
import { Signatures } from "./signatures.tsx";
import { TakeForm } from "./take-form.tsx";
import { useUnit } from "./use-unit.ts";
import { words } from "./words.ts";

/** One note, as it was signed; made to be printed. */
export function HandoverPage({ api, language, mayOperate, id }: PageProps & { id: string }) {
  const say = words[language];
  const { answer: note, failure, again } = useAsked<Handover>(api, `/api/v1/handovers/${id}`);
  const { labels } = useUnit(api);
  const link = (to: string) => <a href={shiftHref({ page: "handover", id: to })}>{to}</a>;
  return (
    <>
      <div className="eng-head">
        <h1>
          {say.handover}
          {note && ` · ${timeText(note.at)}`}
        </h1>
        {note && (
          <bdi>
            {note.unit === "*"
              ? say.everything
              : textOf(labels.get(note.unit) ?? null, language) || note.unit}
          </bdi>
        )}
        <a className="eng-button shift-screen" href={shiftHref({ page: "handovers" })}>
          {say.back}
        </a>
        {note && (
          <button type="button" className="shift-screen" onClick={() => window.print()}>
            {say.print}
          </button>
        )}
      </div>
      <FailureNote failure={failure} language={language} onAgain={again} />
      {note && (
        <>
          {note.corrects !== null && (
            <p>
              {say.corrects} {link(note.corrects)}
            </p>
          )}
          {note.correctedBy !== null && (
            <p className="problem">
              {say.correctedBy} {link(note.correctedBy)}
            </p>
          )}
          <section className="eng-part" aria-label={say.said}>
            <h2>{say.said}</h2>
            <Signatures note={note} language={language} />
            {mayOperate && !note.incoming && note.correctedBy === null && (
              <div className="shift-screen">
                <TakeForm api={api} language={language} id={id} onTaken={again} />
              </div>
            )}
          </section>
          <section className="eng-part" aria-label={say.asItWas}>
            <h2>{say.asItWas}</h2>
            <Facts facts={note.facts} language={language} />
          </section>
        </>
      )}
    </>
  );
}
