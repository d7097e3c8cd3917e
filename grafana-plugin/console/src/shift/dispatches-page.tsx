import type { Dispatch, Scope } from "@kenh/schemas";
import { isWaiting } from "../../../src/alarms-panel/dispatch/dispatch-calls.ts";
import { useAsked } from "../engineer/ask.ts";
import { FailureNote } from "../engineer/failure-note.tsx";
import { DispatchCard } from "./dispatch-card.tsx";
import type { PageProps } from "./shift.tsx";
import { words } from "./words.ts";

/** What an agency has to answer is to be seen soon. */
const everyMs = 5_000;

/** What agencies were given, the open ones first; an agency sees its own. */
export function DispatchesPage({ api, language, mayOperate }: PageProps) {
  const say = words[language];
  const asked = useAsked<{ dispatches: readonly Dispatch[] }>(api, "/api/v1/dispatches", everyMs);
  const found = asked.answer?.dispatches ?? [];
  const scope = useAsked<{ scope: Scope }>(api, "/api/v1/me").answer?.scope;
  const seesDevice = ({ device }: Dispatch): boolean =>
    scope === "*" || (scope !== undefined && device.startsWith(`${scope}/`));
  const list = (title: string, dispatches: readonly Dispatch[]) =>
    dispatches.length > 0 && (
      <section className="shift-list" aria-label={title}>
        <h2>
          {title} <b>{dispatches.length}</b>
        </h2>
        {dispatches.map((dispatch) => (
          <DispatchCard
            key={dispatch.id}
            api={api}
            language={language}
            mayOperate={mayOperate}
            dispatch={dispatch}
            mayWithdraw={seesDevice(dispatch)}
            onDone={asked.again}
          />
        ))}
      </section>
    );
  return (
    <>
      <div className="eng-head">
        <h1>{say.tabs.dispatches}</h1>
      </div>
      <FailureNote
        failure={asked.failure}
        language={language}
        at={asked.at}
        onAgain={asked.again}
      />
      {asked.answer && found.length === 0 && <p className="hint">{say.noDispatches}</p>}
      {list(say.open, found.filter(isWaiting))}
      {list(
        say.ended,
        found.filter((one) => !isWaiting(one)),
      )}
    </>
  );
}
