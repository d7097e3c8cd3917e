import { setTimeout as pause } from "node:timers/promises";
import type { LedgerCounts, LedgerReport } from "@kenh/schemas";
import type { Station } from "./station.ts";

/** Looks at the ledger again and again while faults happen. */
export interface BookWatch {
  /** Reports read. */
  readonly samples: number;
  /** Each time the books were wrong; empty is good. */
  readonly faults: readonly string[];
  stop(): Promise<void>;
}

const everyMs = 50;
const keptFaults = 20;

/** How `received = stored + duplicate + quarantined + pending` is broken, or undefined. */
export function imbalance(counts: LedgerCounts): string | undefined {
  const { received, stored, duplicate, quarantined, pending } = counts;
  if (received === stored + duplicate + quarantined + pending && pending >= 0) return undefined;
  return `${received} received is not ${stored} stored + ${duplicate} duplicate + ${quarantined} quarantined + ${pending} pending`;
}

/** All that is wrong with a report. */
export function faultsOf(report: LedgerReport): string[] {
  const faults = report.epochs.map((epoch) => {
    const fault = imbalance(epoch);
    return fault && `${epoch.device} ${epoch.epoch}: ${fault}`;
  });
  const total = imbalance(report.total);
  return [total && `total: ${total}`, ...faults].filter((fault) => fault !== undefined);
}

/**
 * Holds the books to their equation at each look, and to this: what was acknowledged before the
 * question is in the answer. While the station is down there is nothing to look at.
 * @param acknowledged readings with a PUBACK so far
 */
export function watchBooks(station: Station, acknowledged: () => number): BookWatch {
  const stopping = new AbortController();
  const faults: string[] = [];
  let samples = 0;
  const note = (fault: string): void => {
    if (faults.length < keptFaults) faults.push(fault);
  };

  async function look(): Promise<void> {
    const atLeast = acknowledged();
    const report = await station.ledger().catch(() => undefined);
    if (!report) return;
    samples += 1;
    for (const fault of faultsOf(report)) note(fault);
    if (report.total.received < atLeast)
      note(`${atLeast} readings were acknowledged and the books know ${report.total.received}`);
  }
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look();
      await pause(everyMs);
    }
  }
  const running = run();

  return {
    get samples() {
      return samples;
    },
    faults,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
