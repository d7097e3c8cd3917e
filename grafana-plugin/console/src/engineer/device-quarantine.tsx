import type { QuarantineItem } from "@kenh/schemas";
import { timeText } from "../../../src/shared/time-text.ts";
import { type Asked, type Failure, failureOf, post, useDeed } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { Payload } from "./payload.tsx";
import { Said } from "./said-text.tsx";
import { words } from "./words.ts";

interface Props extends PageProps {
  readonly quarantine: Asked<{ total: number; items: QuarantineItem[] }>;
}

/** What became of another try of several items. */
interface Replayed {
  readonly done: number;
  readonly refused: readonly Failure[];
}

/** What the device sent and could not be stored, why, and another try. */
export function DeviceQuarantine({ api, language, mayChange, quarantine }: Props) {
  const say = words[language];
  const { answer, again } = quarantine;
  const deed = useDeed<Replayed>(again);
  const items = answer?.items ?? [];
  const replay = (ids: readonly number[]) =>
    deed.run(async () => {
      const refused: Failure[] = [];
      for (const id of ids) {
        await post(api, `/api/v1/quarantine/${id}/replay`, {}).catch((error) => {
          const failure = failureOf(error);
          // Without a station there is no use in trying the others.
          if (failure.status === 0 || failure.status === 403) throw error;
          refused.push(failure);
        });
      }
      return { done: ids.length - refused.length, refused };
    });
  return (
    <>
      <FailureNote failure={quarantine.failure} language={language} at={quarantine.at} />
      {answer && items.length === 0 && <p className="hint">{say.noQuarantine}</p>}
      {items.length > 0 && (
        <p className="eng-actions">
          <span>{say.ofCount(items.length, answer?.total ?? 0)}</span>
          {mayChange && (
            <button
              type="button"
              disabled={deed.isBusy}
              onClick={() => replay(items.map(({ id }) => id))}
            >
              {say.replayAll}
            </button>
          )}
        </p>
      )}
      <div aria-live="polite">
        {deed.done && (
          <p className="eng-told">
            {say.replayed(deed.done.done)}
            {deed.done.refused.length > 0 && ` ${say.notReplayed(deed.done.refused.length)}`}
          </p>
        )}
      </div>
      <FailureNote failure={deed.failure} language={language} />
      <ul className="eng-items">
        {items.map((item) => (
          <li key={item.id}>
            <div className="eng-item-head">
              <strong>{say.reasons[item.reason] ?? item.reason}</strong>
              <span>{say.readingCount(item.readings)}</span>
              <span className="eng-when">{timeText(item.receivedAt)}</span>
              {mayChange && (
                <button
                  type="button"
                  disabled={deed.isBusy}
                  aria-label={say.replayOne(item.id)}
                  onClick={() => replay([item.id])}
                >
                  {say.replay}
                </button>
              )}
            </div>
            <p className="eng-said">
              <Said text={item.detail} language={language} />
            </p>
            <Payload payload={item.payload} encoding={item.encoding} language={language} />
          </li>
        ))}
      </ul>
    </>
  );
}
