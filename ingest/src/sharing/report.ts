import type { Authority, Contact, Dataset, LedgerCounts, Period, Text } from "@kenh/schemas";
import type { Gap, Standing } from "./assess.ts";
import { type Axes, axesOf } from "./axes.ts";
import type { Tally } from "./book.ts";
import type { Month } from "./civil.ts";
import type { Contract, Contracts } from "./contracts.ts";
import type { SharingState } from "./freshness.ts";

/** A dataset in the report of a month. Times are milliseconds since 1970 UTC. */
export interface DatasetReport {
  readonly id: string;
  readonly label: Text;
  readonly kind: Dataset["kind"];
  readonly period: Period | null;
  readonly latenessMs: number;
  readonly openness: Dataset["openness"];
  readonly contact: Contact;
  /** At the end of the month, or now while it goes on. */
  readonly state: SharingState;
  /** Since when an update is due that has not come; null when it is up to date. */
  readonly since: number | null;
  readonly periods: Standing["periods"];
  readonly deliveries: Standing["deliveries"];
  readonly gaps: readonly Gap[];
  /** Together, of the periods that came late or not at all. */
  readonly gapMs: number;
  readonly axes: Axes;
  readonly readings: Pick<Tally, "readings" | "wrong" | "late" | "latestMs">;
  readonly ledger: LedgerCounts;
  /** The same a month before; null where there is nothing to compare with. */
  readonly before: Before | null;
}

export interface Before {
  readonly missed: number;
  readonly gapMs: number;
  readonly state: SharingState;
}

export interface AgencyReport {
  readonly agency: string;
  readonly label: Text;
  readonly contact: Contact;
  /** Whether it stands on the list: something was late, or was not shared. */
  readonly listed: boolean;
  /** Worst first. */
  readonly datasets: readonly DatasetReport[];
}

/** Who shared what in a month, and who did not. */
export interface SharingReport {
  readonly version: 1;
  readonly month: Month;
  /** 0 while the month goes on; of a closed month from 1. */
  readonly edition: number;
  /** Why there is another edition. */
  readonly note: string | null;
  /** When this edition was closed; null while the month goes on. */
  readonly issuedAt: number | null;
  /** What came later does not count. */
  readonly asOf: number;
  readonly zone: "Asia/Ho_Chi_Minh";
  readonly authority: Authority | null;
  readonly totals: {
    readonly agencies: number;
    readonly listed: number;
    readonly datasets: number;
    readonly late: number;
    readonly notConnected: number;
  };
  /** Listed ones first, the worst of them first. */
  readonly agencies: readonly AgencyReport[];
}

/** What the books hold of a dataset for a month. */
export interface Findings {
  readonly standing: Standing;
  readonly state: SharingState;
  readonly since: number | null;
  readonly tally: Tally;
  readonly ledger: LedgerCounts;
  readonly before: Before | null;
}

/** Which report, and of when. */
export type Heading = Pick<SharingReport, "month" | "edition" | "note" | "issuedAt" | "asOf">;

const gravity: Readonly<Record<SharingState, number>> = {
  "not-connected": 4,
  delinquent: 3,
  overdue: 2,
  due: 1,
  "up-to-date": 0,
};
const byName = new Intl.Collator("vi");

/** Whether a dataset is a reason for its agency to stand on the list. */
export function isListed({ state, gaps, readings }: DatasetReport): boolean {
  return gravity[state] >= gravity.overdue || gaps.length > 0 || readings.late > 0;
}

/** Periods that came late or not at all. */
export const missedOf = ({ periods }: Pick<Standing, "periods">): number =>
  periods.late + periods.missing;

/** The report on every contract of the month. Pure: the same findings give the same report. */
export function makeReport(
  heading: Heading,
  contracts: Contracts,
  findings: ReadonlyMap<string, Findings>,
): SharingReport {
  const agencies = [...contracts.agencies.values()].flatMap((owner): AgencyReport[] => {
    const datasets = [...contracts.datasets.values()].flatMap((contract) => {
      const found = contract.owner === owner ? findings.get(contract.id) : undefined;
      return found ? [reportDataset(contract, found)] : [];
    });
    if (datasets.length === 0) return [];
    const { agency, label, contact } = owner;
    const listed = datasets.some(isListed);
    return [{ agency, label, contact, listed, datasets: datasets.sort(worseFirst) }];
  });
  agencies.sort(
    (a, b) =>
      Number(b.listed) - Number(a.listed) ||
      worseFirst(a.datasets[0] as DatasetReport, b.datasets[0] as DatasetReport) ||
      byName.compare(a.label.vi, b.label.vi),
  );
  return {
    version: 1,
    ...heading,
    zone: "Asia/Ho_Chi_Minh",
    authority: contracts.authority ?? null,
    totals: totalsOf(agencies),
    agencies,
  };
}

function totalsOf(agencies: readonly AgencyReport[]): SharingReport["totals"] {
  const datasets = agencies.flatMap((agency) => agency.datasets);
  return {
    agencies: agencies.length,
    listed: agencies.filter(({ listed }) => listed).length,
    datasets: datasets.length,
    late: datasets.filter((one) => isListed(one) && one.state !== "not-connected").length,
    notConnected: datasets.filter(({ state }) => state === "not-connected").length,
  };
}

function worseFirst(a: DatasetReport, b: DatasetReport): number {
  return (
    gravity[b.state] - gravity[a.state] ||
    b.gapMs - a.gapMs ||
    byName.compare(a.label.vi, b.label.vi)
  );
}

function reportDataset(contract: Contract, findings: Findings): DatasetReport {
  const { id, label, kind, period = null, lateness, openness, focal } = contract;
  const { standing, state, since, tally, ledger, before } = findings;
  const { readings, wrong, late, latestMs } = tally;
  return {
    ...{ id, label, kind, period, latenessMs: lateness, openness, contact: focal, state, since },
    periods: standing.periods,
    deliveries: standing.deliveries,
    gaps: standing.gaps,
    gapMs: gapMsOf(standing.gaps),
    axes: axesOf(standing, tally, ledger, period !== null),
    readings: { readings, wrong, late, latestMs },
    ledger,
    before,
  };
}

/** How long, together, in the month. */
export const gapMsOf = (gaps: readonly Gap[]): number =>
  gaps.reduce((sum, { from, to }) => sum + to - from, 0);

/** The report with the agencies alone that `sees` lets through, and totals of these. */
export function narrow(report: SharingReport, sees: (agency: string) => boolean): SharingReport {
  const agencies = report.agencies.filter(({ agency }) => sees(agency));
  if (agencies.length === report.agencies.length) return report;
  return { ...report, totals: totalsOf(agencies), agencies };
}
