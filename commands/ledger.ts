import type { LedgerReport } from "@kenh/schemas";
import { Command } from "commander";
import { print, table } from "./output.ts";
import { ask } from "./running.ts";
import { dataOption } from "./state.ts";

/** `kenh ledger`: where every reading went. Exit 1 when a message is missing. */
export function ledgerCommand(): Command {
  return new Command("ledger")
    .description("received = stored + duplicate + quarantined + pending, and what never came")
    .option("--device <identity>", "of one device")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ device, data, json }) => {
      const query = device ? `?device=${encodeURIComponent(device)}` : "";
      const report = await ask<LedgerReport>(data, `/api/v1/ledger${query}`);
      print(json, report, () => linesOf(report));
      if (report.epochs.some(({ missing }) => missing.length > 0)) process.exitCode = 1;
    });
}

function linesOf({ total, epochs }: LedgerReport): string[] {
  const head = [
    "device",
    "epoch",
    "received",
    "stored",
    "duplicate",
    "quarantined",
    "pending",
    "missing",
  ];
  const rows = epochs.map((e) => [
    e.device ?? "–",
    e.epoch ?? "–",
    e.received,
    e.stored,
    e.duplicate,
    e.quarantined,
    e.pending,
    e.missing
      .map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`))
      .join(" ") || "–",
  ]);
  const { received, stored, duplicate, quarantined, pending } = total;
  return table([head, ...rows, ["total", "", received, stored, duplicate, quarantined, pending]]);
}
