import type { PeriodRow } from "./book.ts";
import { periodAt, periodsEndingIn, type Span } from "./civil.ts";
import type { Contract } from "./contracts.ts";
import { type SharingState, stateAt } from "./freshness.ts";
import type { Roster } from "./roster.ts";

/** When what is of a period that ended at `end` must have come; exempt time does not count. */
export function deadlineOf({ lateness, exempt }: Contract, end: number): number {
  let at = end;
  let left = lateness;
  for (const window of exempt) {
    if (window.end <= at) continue;
    if (window.start >= at + left) break;
    left -= Math.max(0, window.start - at);
    at = window.end;
  }
  return at + left;
}

/** How many devices must have delivered for a period to be delivered; a share such as 0.7 of 10 is no whole number in binary. */
export const needOf = (coverage: number, due: number): number =>
  Math.max(1, Math.ceil(coverage * due - 1e-9));

/** What became of a period: `open` while its deadline is to come, `exempt` where nothing was owed. */
export type PeriodStatus = "on-time" | "late" | "missing" | "exempt" | "open";

/** Consecutive periods that came late, or not at all. */
export interface Gap {
  readonly kind: "late" | "missing";
  /** Start of the first of these periods in the month, and end of the last. */
  readonly from: number;
  readonly to: number;
  /** Start of the first of these periods, in the month or before it. */
  readonly since: number;
  readonly periods: number;
  /** Of a late one: the longest time from a deadline until enough had come. */
  readonly lateMs: number | null;
}

/** How a dataset with periods stands for a month. */
export interface Standing {
  readonly periods: Readonly<Record<PeriodStatus, number>>;
  /** Once for each device and period in which it owed something. */
  readonly deliveries: { readonly due: number; readonly onTime: number; readonly late: number };
  readonly gaps: readonly Gap[];
}

/** Whether and when each period was delivered. */
export interface Judged extends Span {
  readonly status: PeriodStatus;
  readonly due: number;
  readonly onTime: number;
  readonly late: number;
  readonly lateMs: number | null;
}

const isExempt = ({ exempt }: Contract, { start, end }: Span): boolean =>
  exempt.some((window) => window.start < end && window.end > start);
const inForce = ({ force, judgedFrom }: Contract, { start, end }: Span): boolean =>
  start >= judgedFrom && end <= force.end;

/**
 * Judges one period; undefined where the contract owes nothing by it at all.
 * @param row what came of it by any time
 * @param asOf what came later does not count
 */
export function judgePeriod(
  contract: Contract,
  roster: Roster,
  span: Span,
  row: PeriodRow | undefined,
  asOf: number,
): Judged | undefined {
  if (!inForce(contract, span)) return undefined;
  const { members, count: due } = roster.due(span);
  if (due === 0) return undefined;
  const onTime = row?.seen.count(members, row.late) ?? 0;
  const late = row ? row.seen.count(members) - onTime : 0;
  const need = needOf(contract.coverage, due);
  const deadline = deadlineOf(contract, span.end);
  const counts = { ...span, due, onTime, late, lateMs: null };
  if (onTime >= need) return { ...counts, status: "on-time" };
  if (isExempt(contract, span)) return { ...counts, status: "exempt" };
  if (deadline > asOf) return { ...counts, status: "open" };
  const coveredAt = row?.coveredAt ?? null;
  if (onTime + late < need || coveredAt === null || coveredAt > asOf)
    return { ...counts, status: "missing" };
  return { ...counts, status: "late", lateMs: coveredAt - deadline };
}

/**
 * How a dataset stands for a month.
 * @param rows what came of the periods of the month and of some before it, by their start
 * @param lookBack a gap that reaches into the time before the month is followed to here
 */
export function assess(
  contract: Contract,
  roster: Roster,
  rows: ReadonlyMap<number, PeriodRow>,
  month: Span,
  { asOf, lookBack }: { asOf: number; lookBack: number },
): Standing {
  const periods = { "on-time": 0, late: 0, missing: 0, exempt: 0, open: 0 };
  const deliveries = { due: 0, onTime: 0, late: 0 };
  const gaps: Gap[] = [];
  if (contract.period === undefined) return { periods, deliveries, gaps };
  let gap: { -readonly [Name in keyof Gap]: Gap[Name] } | undefined;
  for (const span of periodsEndingIn(contract.period, { start: lookBack, end: month.end })) {
    const judged = judgePeriod(contract, roster, span, rows.get(span.start), asOf);
    const kind = judged?.status;
    if (judged === undefined || (kind !== "late" && kind !== "missing")) gap = undefined;
    else if (gap?.kind === kind) {
      gap.to = span.end;
      gap.periods++;
      gap.lateMs = longest(gap.lateMs, judged.lateMs);
    } else {
      gap = {
        ...{ kind, from: span.start, to: span.end, since: span.start, periods: 1 },
        lateMs: judged.lateMs,
      };
    }
    if (span.end <= month.start) continue;
    if (gap && gap.to === span.end && gaps.at(-1) !== gap) {
      // It may have begun before the month: of the month it is from here on.
      gap.from = span.start;
      gap.periods = 1;
      gap.lateMs = judged?.lateMs ?? null;
      gaps.push(gap);
    }
    if (!judged) continue;
    periods[judged.status]++;
    if (judged.status === "exempt" || judged.status === "open") continue;
    deliveries.due += judged.due;
    deliveries.onTime += judged.onTime;
    deliveries.late += judged.late;
  }
  return { periods, deliveries, gaps };
}

function longest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

/** How current a dataset is, and since when it is not. */
export interface Currency {
  readonly state: SharingState;
  /** When the first update was due that has not come; of `not-connected` when the dataset was first judged. */
  readonly since: number | null;
}

/**
 * @param newest start of the newest period that was delivered by `asOf`
 * @param hasCome whether anything of it had come by `asOf`
 */
export function currencyOf(
  contract: Contract,
  newest: number | undefined,
  hasCome: boolean,
  asOf: number,
): Currency {
  const { force, judgedFrom, period, exempt } = contract;
  if (!hasCome) return { state: "not-connected", since: judgedFrom };
  if (period === undefined) return { state: "up-to-date", since: null };
  const last = Math.min(asOf, force.end);
  let next = newest === undefined ? firstPeriod(period, judgedFrom) : after(period, newest);
  while (next.end <= last && isExempt(contract, next)) next = periodAt(period, next.end);
  if (next.end > force.end) return { state: "up-to-date", since: null };
  const dueAt = deadlineOf(contract, next.end);
  const state = stateAt(period, dueAt, asOf, exempt);
  return { state, since: state === "up-to-date" ? null : dueAt };
}

type Period = NonNullable<Contract["period"]>;

/** The first period that lies wholly after an instant. */
function firstPeriod(period: Period, from: number): Span {
  const span = periodAt(period, from);
  return span.start >= from ? span : periodAt(period, span.end);
}

const after = (period: Period, start: number): Span =>
  periodAt(period, periodAt(period, start).end);
