import type { Clock, Identity } from "@kenh/schemas";
import type { Quarantine } from "../quarantine.ts";
import type { AxisName } from "./axes.ts";
import { lastMonth, type Month, monthSpan } from "./civil.ts";
import type { Contract } from "./contracts.ts";
import { parseCsv } from "./records/csv.ts";
import { cellOf } from "./records/judge-record.ts";
import { type Receipt, Records, type RecordsParts, type StoredRecord } from "./records/records.ts";
import { mediaTypes, printReport, type ReportFormat } from "./render/print.ts";
import { narrow, type SharingReport } from "./report.ts";
import type { Sharing } from "./sharing.ts";
import { type Spoilers, spoilersOf } from "./spoilers.ts";

/** A dataset as the API gives it: what was agreed, and how current it is. */
export interface DatasetView
  extends Pick<
    Contract,
    "id" | "label" | "identity" | "agency" | "kind" | "lateness" | "coverage" | "openness" | "force"
  > {
  readonly agencyLabel: Contract["owner"]["label"];
  readonly contact: Contract["focal"];
  readonly period: Contract["period"] | null;
  readonly exempt: Contract["exempt"];
  readonly devices: Contract["devices"] | null;
  readonly records: Contract["records"] | null;
  /** Null before the contract is in force and after it. */
  readonly state: string | null;
  readonly since: number | null;
  readonly lastArrivalAt: number | null;
}

/** Whether whoever asks may know of an identity. */
type Sees = (identity: Identity) => boolean;

export interface DeskParts {
  /** Of the records. */
  readonly file: string;
  readonly sharing: Sharing;
  readonly ledger: RecordsParts["ledger"];
  readonly quarantine: RecordsParts["quarantine"] & Pick<Quarantine, "list">;
  readonly now: Clock;
}

/** What may be asked of shared data, and handed over. What it is asked for must have been found to be seen. */
export class SharingDesk {
  readonly #parts: DeskParts;
  readonly #records: Records;

  /** Opens or creates the records. */
  constructor(parts: DeskParts) {
    this.#parts = parts;
    const { count, contracts } = parts.sharing;
    this.#records = new Records({ ...parts, count, contracts });
  }

  /** The contracts that may be seen, by id. */
  list(sees: Sees): DatasetView[] {
    const current = new Map(this.#parts.sharing.current());
    return [...this.#parts.sharing.contracts.datasets.values()]
      .filter(({ identity }) => sees(identity))
      .map((contract) => this.#view(contract, current.get(contract)));
  }

  /** Undefined alike for one that there is not and one that may not be seen. */
  find(id: string, sees: Sees): Contract | undefined {
    const contract = this.#parts.sharing.contracts.datasets.get(id);
    return contract && sees(contract.identity) ? contract : undefined;
  }

  one(contract: Contract): DatasetView {
    return this.#view(contract, new Map(this.#parts.sharing.current()).get(contract));
  }

  #view(contract: Contract, currency: { state: string; since: number | null } | undefined) {
    const { id, label, identity, agency, kind, lateness, coverage, openness, force } = contract;
    return {
      ...{ id, label, identity, agency, kind, lateness, coverage, openness, force },
      agencyLabel: contract.owner.label,
      contact: contract.focal,
      period: contract.period ?? null,
      exempt: contract.exempt,
      devices: contract.devices ?? null,
      records: contract.records ?? null,
      state: currency?.state ?? null,
      since: currency?.since ?? null,
      lastArrivalAt: this.#parts.sharing.count.lastArrival(id) ?? null,
    };
  }

  /** The month that is asked for when none is named: the last whole one. */
  usualMonth(): Month {
    return lastMonth(this.#parts.now());
  }

  /** The report with what may be seen of it; undefined where there is none. */
  report(month: Month, edition: number | undefined, sees: Sees): SharingReport | undefined {
    const report = this.#parts.sharing.months.report(month, edition);
    // An agency is seen by whoever sees what lies below it.
    return report && narrow(report, (agency) => sees(`${agency}/`));
  }

  editions(month: Month) {
    return this.#parts.sharing.months.editions(month);
  }

  /** Whether somebody who sees these alone sees all agencies: corrections are for them. */
  seesAll(sees: Sees): boolean {
    return [...this.#parts.sharing.contracts.agencies.keys()].every((agency) => sees(`${agency}/`));
  }

  correct(month: Month, note: string): SharingReport | undefined {
    return this.#parts.sharing.months.correct(month, note);
  }

  async print(report: SharingReport, format: ReportFormat) {
    return { type: mediaTypes[format], body: await printReport(report, format) };
  }

  spoilers(
    contract: Contract,
    month: Month,
    axis: AxisName,
    { limit, visible }: { limit: number; visible: Sees },
  ): Spoilers {
    const { sharing, quarantine, now } = this.#parts;
    const parts = { book: sharing.book, count: sharing.count, quarantine };
    const asOf = Math.min(now(), sharing.months.closesAt(month));
    return spoilersOf(parts, contract, month, axis, { limit, asOf, visible });
  }

  /**
   * The records of a table, in the types of the contract as far as its cells look like them.
   * @throws SyntaxError when it is no table
   */
  table({ records }: Contract, text: string): unknown[] {
    const { head, rows, separator } = parseCsv(text);
    const fields = new Map(records?.fields.map((field) => [field.name, field]));
    return rows.map((row) => {
      const cells = row.map((value, at): [string, unknown] => {
        const name = head[at] ?? `column_${at + 1}`;
        const field = fields.get(name);
        return [name, field && value !== "" ? cellOf(value, field, separator) : value];
      });
      return Object.fromEntries(cells.filter(([, value]) => value !== ""));
    });
  }

  deliver(contract: Contract, given: readonly unknown[]): Receipt {
    return this.#records.deliver(contract, given);
  }

  /** Tries a set-aside record again; undefined when the item is none. */
  replay(id: number): "replayed" | "refused" | undefined {
    return this.#records.replay(id);
  }

  records(
    { id }: Contract,
    page: { start: number; end: number; limit: number; after?: string | undefined },
  ): { records: StoredRecord[]; next: string | null } {
    return this.#records.list(id, page);
  }

  /** What was shared still holds: the period that an instant lies in is delivered. */
  confirm({ id }: Contract): void {
    const { sharing, now } = this.#parts;
    sharing.count.confirm(id, now(), now());
    sharing.count.checkpoint();
  }

  /** Whether there is anything of a month. */
  knows(month: Month): boolean {
    const { months } = this.#parts.sharing;
    return month >= months.first() && monthSpan(month).start <= this.#parts.now();
  }

  /** Idempotent. */
  close(): void {
    this.#records.close();
  }
}
