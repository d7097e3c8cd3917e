import type { Clock } from "@kenh/schemas";
import { assess, type Currency, currencyOf, deadlineOf, type Standing } from "./assess.ts";
import type { Book } from "./book.ts";
import {
  type Month,
  monthAfter,
  monthOf,
  monthPattern,
  monthSpan,
  periodAt,
  type Span,
} from "./civil.ts";
import type { Contract, Contracts } from "./contracts.ts";
import type { Count } from "./count.ts";
import type { Edition } from "./editions.ts";
import {
  type Before,
  type Findings,
  gapMsOf,
  makeReport,
  missedOf,
  type SharingReport,
} from "./report.ts";

/** How far back a gap is followed that was there when the month began. */
const lookBackMonths = 3;
/** Books of a month are kept so long after it, for corrections and comparisons; editions for ever. */
const keptMonths = 13;

/** The reports of the months: the one that goes on is made anew, a closed one is what it was. */
export class Months {
  readonly #contracts: Contracts;
  readonly #book: Book;
  readonly #count: Count;
  readonly #now: Clock;

  constructor(parts: { contracts: Contracts; book: Book; count: Count; now: Clock }) {
    this.#contracts = parts.contracts;
    this.#book = parts.book;
    this.#count = parts.count;
    this.#now = parts.now;
  }

  /** The first month that there is a report of. */
  first(): Month {
    return monthOf(this.#book.begunAt);
  }

  /** When no period of a month may be delivered in time any more: then it is closed. */
  closesAt(month: Month): number {
    const { end } = monthSpan(month);
    const deadlines = [...this.#contracts.datasets.values()].map((one) => deadlineOf(one, end));
    return Math.max(end, ...deadlines);
  }

  editions(month: Month): Edition[] {
    return this.#book.editions.of(month);
  }

  /**
   * The report of a month: of a closed one the last edition, or the one asked for.
   * @returns undefined for a month of before the books, one to come, or an edition that there is not
   */
  report(month: Month, edition?: number): SharingReport | undefined {
    if (!monthPattern.test(month) || month < this.first() || month > monthOf(this.#now())) {
      return undefined;
    }
    const last = this.editions(month).at(-1)?.edition;
    const wanted = edition ?? last;
    if (wanted !== undefined) {
      const body = this.#book.editions.text(month, wanted);
      return body === undefined ? undefined : JSON.parse(body);
    }
    const asOf = Math.min(this.#now(), this.closesAt(month));
    return this.#make({ month, edition: 0, note: null, issuedAt: null, asOf });
  }

  /** Closes every month whose time has come. */
  close(): Month[] {
    const closed: Month[] = [];
    for (let month = this.first(); month < monthOf(this.#now()); month = monthAfter(month)) {
      const asOf = this.closesAt(month);
      if (this.#now() < asOf || this.editions(month).length > 0) continue;
      this.#keep({ month, edition: 1, note: null, issuedAt: asOf, asOf });
      closed.push(month);
    }
    return closed;
  }

  /**
   * Another edition of a closed month, by what the books say now.
   * @returns undefined when the month is not closed
   */
  correct(month: Month, note: string): SharingReport | undefined {
    const last = this.editions(month).at(-1)?.edition;
    if (last === undefined) return undefined;
    const at = this.#now();
    return this.#keep({ month, edition: last + 1, note, issuedAt: at, asOf: at });
  }

  /** How current a dataset is at an instant. */
  currency(contract: Contract, at: number): Currency {
    const firstAt = this.#book.ends(contract.id)?.firstAt;
    const hasCome = firstAt !== undefined && firstAt <= at;
    return currencyOf(contract, this.#book.newestCovered(contract.id, at), hasCome, at);
  }

  /** Of what is before it no report is made any more. */
  horizon(): number {
    return monthSpan(monthAfter(monthOf(this.#now()), -keptMonths)).start;
  }

  #keep(heading: Parameters<typeof makeReport>[0] & { issuedAt: number }): SharingReport {
    const report = this.#make(heading);
    this.#book.editions.put(heading.month, heading, JSON.stringify(report));
    return report;
  }

  #make(heading: Parameters<typeof makeReport>[0]): SharingReport {
    this.#count.checkpoint();
    const findings = new Map<string, Findings>();
    const { end } = monthSpan(heading.month);
    for (const contract of this.#contracts.datasets.values()) {
      if (contract.force.start >= Math.min(end, heading.asOf)) continue;
      if (contract.force.end <= monthSpan(heading.month).start) continue;
      findings.set(contract.id, {
        standing: this.#standing(contract, heading.month, heading.asOf),
        ...this.currency(contract, Math.min(heading.asOf, end)),
        tally: this.#book.tally(contract.id, heading.month),
        ledger: this.#book.ledger.of(contract.id, heading.month),
        before: this.#before(contract, monthAfter(heading.month, -1)),
      });
    }
    return makeReport(heading, this.#contracts, findings);
  }

  /** As it was told of the month before, or would be now. */
  #before(contract: Contract, month: Month): Before | null {
    if (month < this.first() || contract.force.start >= monthSpan(month).end) return null;
    const last = this.editions(month).at(-1)?.edition;
    if (last !== undefined) {
      const told = this.report(month, last)?.agencies.flatMap(({ datasets }) => datasets);
      const one = told?.find(({ id }) => id === contract.id);
      return one ? { missed: missedOf(one), gapMs: one.gapMs, state: one.state } : null;
    }
    const asOf = Math.min(this.#now(), this.closesAt(month));
    const standing = this.#standing(contract, month, asOf);
    const { state } = this.currency(contract, monthSpan(month).end);
    return { missed: missedOf(standing), gapMs: gapMsOf(standing.gaps), state };
  }

  #standing(contract: Contract, month: Month, asOf: number): Standing {
    const span = monthSpan(month);
    const from = (lookBack: number): Standing => {
      const rows = this.#rows(contract, { start: lookBack, end: span.end });
      const roster = this.#count.rosterOf(contract.id);
      return assess(contract, roster, rows, span, { asOf, lookBack });
    };
    const standing = from(span.start);
    const first = standing.gaps[0];
    const began =
      first && contract.period ? periodAt(contract.period, span.start).start >= first.from : false;
    if (!began) return standing;
    // What was amiss when the month began has begun before it.
    const back = monthSpan(monthAfter(month, -lookBackMonths)).start;
    return from(Math.max(back, Math.min(contract.force.start, span.start)));
  }

  #rows({ id, period }: Contract, { start, end }: Span) {
    if (period === undefined) return new Map();
    return this.#book.periodsIn(id, periodAt(period, start).start, end);
  }
}
