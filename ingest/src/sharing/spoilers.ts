import type { Identity, QuarantineItem } from "@kenh/schemas";
import type { Quarantine } from "../quarantine.ts";
import { judgePeriod } from "./assess.ts";
import type { AxisName } from "./axes.ts";
import type { Book, Wrong } from "./book.ts";
import { type Month, monthSpan, periodAt, periodsEndingIn } from "./civil.ts";
import type { Contract } from "./contracts.ts";
import type { Count } from "./count.ts";
import type { Tardy } from "./tardy.ts";

/** Periods in a row in which a device delivered late, or not at all. */
export interface Undelivered {
  readonly device: Identity;
  readonly kind: "late" | "missing";
  readonly from: number;
  readonly to: number;
  readonly periods: number;
}

/** What spoils an axis of a dataset in a month; `more` when there is more than is given. */
export type Spoilers =
  | { readonly axis: "correct"; readonly readings: readonly Wrong[]; readonly more: boolean }
  | {
      readonly axis: "clean";
      readonly quarantined: readonly QuarantineItem[];
      readonly more: boolean;
    }
  | { readonly axis: "live"; readonly tardy: readonly Tardy[]; readonly more: boolean }
  | {
      readonly axis: "complete" | "live";
      readonly undelivered: readonly Undelivered[];
      readonly more: boolean;
    };

interface SpoilerParts {
  readonly book: Book;
  readonly count: Count;
  readonly quarantine: Pick<Quarantine, "list">;
}

/**
 * The readings that spoil an axis: wrong ones, those in quarantine, late ones of what has no periods, and
 * the devices that did not deliver, with the periods.
 * @param visible what whoever asks may know of
 */
export function spoilersOf(
  { book, count, quarantine }: SpoilerParts,
  contract: Contract,
  month: Month,
  axis: AxisName,
  { limit, asOf, visible }: { limit: number; asOf: number; visible: (device: Identity) => boolean },
): Spoilers {
  const { start, end } = monthSpan(month);
  count.checkpoint();
  if (axis === "correct") {
    const found = book.wrongIn(contract.id, start, end, limit + 1);
    const readings = found.filter(({ device }) => visible(device)).slice(0, limit);
    return { axis, readings, more: found.length > limit };
  }
  if (axis === "clean") {
    const ours = (device: Identity | null): boolean =>
      device !== null &&
      visible(device) &&
      (device === contract.identity || count.datasetsOf(device).includes(contract.id));
    const { items } = quarantine.list({ from: start, to: end, limit: limit + 1, visible: ours });
    return { axis, quarantined: items.slice(0, limit), more: items.length > limit };
  }
  if (axis === "live" && contract.period === undefined) {
    const found = book.tardy.in(contract.id, start, end, limit + 1);
    const tardy = found.filter(({ device }) => visible(device)).slice(0, limit);
    return { axis, tardy, more: found.length > limit };
  }
  const found = undeliveredOf(book, count, contract, month, axis, asOf, visible);
  return { axis, undelivered: found.slice(0, limit), more: found.length > limit };
}

function undeliveredOf(
  book: Book,
  count: Count,
  contract: Contract,
  month: Month,
  axis: "complete" | "live",
  asOf: number,
  visible: (device: Identity) => boolean,
): Undelivered[] {
  const { period } = contract;
  if (period === undefined) return [];
  const span = monthSpan(month);
  const rows = book.periodsIn(contract.id, periodAt(period, span.start).start, span.end);
  const roster = count.rosterOf(contract.id);
  const runs = new Map<number, { -readonly [Name in keyof Undelivered]: Undelivered[Name] }>();
  const found: Undelivered[] = [];
  for (const each of periodsEndingIn(period, span)) {
    const row = rows.get(each.start);
    const judged = judgePeriod(contract, roster, each, row, asOf);
    const counts = judged && judged.status !== "exempt" && judged.status !== "open";
    const { members } = roster.due(each);
    for (const { number, device } of roster.all()) {
      const run = runs.get(number);
      const late = row?.late.has(number) ?? false;
      const delivered = (row?.seen.has(number) ?? false) && !(axis === "live" && late);
      if (!counts || !members.has(number) || delivered || !visible(device)) {
        if (run) runs.delete(number);
        continue;
      }
      const kind = late ? "late" : "missing";
      if (run?.kind === kind && run.to === each.start) {
        run.to = each.end;
        run.periods++;
        continue;
      }
      const begun = { device, kind, from: each.start, to: each.end, periods: 1 } as const;
      const next = { ...begun };
      runs.set(number, next);
      found.push(next);
    }
  }
  return found;
}
