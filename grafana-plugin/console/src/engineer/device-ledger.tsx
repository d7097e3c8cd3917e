import type { LedgerReport } from "@kenh/schemas";
import { locales } from "../../../src/shared/language.ts";
import { words as pageWords } from "../words.ts";
import type { Asked } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { Table } from "./table.tsx";
import { words } from "./words.ts";

/** Ranges of missing messages that are written out; more are counted. */
const mostRanges = 6;

/** Where every reading went, by outbox of the sender; and the messages that never came. */
export function DeviceLedger({ ledger, language }: PageProps & { ledger: Asked<LedgerReport> }) {
  const say = words[language];
  const { counts } = pageWords[language];
  const kinds = Object.keys(counts) as (keyof typeof counts)[];
  const number = new Intl.NumberFormat(locales[language]);
  const { answer } = ledger;
  return (
    <>
      <FailureNote failure={ledger.failure} language={language} at={ledger.at} />
      {answer?.epochs.length === 0 && <p className="hint">{say.noMessages}</p>}
      {answer && answer.epochs.length > 0 && (
        <Table heads={[say.epoch, ...kinds.map((kind) => counts[kind]), say.missing]}>
          {answer.epochs.map((epoch) => (
            <tr key={epoch.epoch ?? ""}>
              <th scope="row" className="eng-code" title={epoch.epoch ?? undefined}>
                {epoch.epoch?.slice(0, 8) ?? say.noEpoch}
              </th>
              {kinds.map((kind) => (
                <td key={kind} className="eng-number" data-kind={kind} data-any={epoch[kind] > 0}>
                  {number.format(epoch[kind])}
                </td>
              ))}
              <td className={epoch.missing.length > 0 ? "eng-bad" : undefined}>
                {epoch.epoch === null ? "–" : rangesText(epoch.missing, say.none)}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <p className="hint">{say.ledgerHint}</p>
    </>
  );
}

function rangesText(ranges: readonly (readonly [number, number])[], none: string): string {
  if (ranges.length === 0) return none;
  const shown = ranges
    .slice(0, mostRanges)
    .map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
  const rest = ranges.length - shown.length;
  return [...shown, ...(rest > 0 ? [`+${rest}`] : [])].join(", ");
}
