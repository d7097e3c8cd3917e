import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import type { CallKind } from "../calls.ts";
import { offeredCalls, type Rights } from "../states.ts";
import { words } from "../words.ts";

const kinds: readonly CallKind[] = [
  "acknowledge",
  "shelve",
  "unshelve",
  "out-of-service",
  "return-to-service",
  "comment",
];

interface Props {
  readonly checked: readonly ShownAlarm[];
  readonly rights: Rights;
  readonly language: Language;
  readonly onCall: (alarms: readonly ShownAlarm[], kind: CallKind) => void;
  readonly onClear: () => void;
}

/** What may be done with all that is marked; each call says for how many of them it makes sense. */
export function BulkBar({ checked, rights, language, onCall, onClear }: Props) {
  const say = words[language];
  return (
    <section className="kenh-bulk" aria-label={say.selected(checked.length)}>
      <b>{say.selected(checked.length)}</b>
      {kinds.map((kind) => {
        const fit = checked.filter((alarm) => offeredCalls(alarm, rights).includes(kind));
        if (fit.length === 0) return null;
        return (
          <button key={kind} type="button" onClick={() => onCall(fit, kind)}>
            {say.calls[kind]} ({fit.length})
          </button>
        );
      })}
      <button type="button" className="kenh-clear" onClick={onClear}>
        {say.clearSelection}
      </button>
    </section>
  );
}
