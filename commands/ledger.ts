import type { LedgerReport } from "@kenh/schemas";
import { Command } from "commander";
import { print, Refusal, table } from "./output.ts";
import { ask } from "./running.ts";
import { dataOption } from "./state.ts";

/** `kenh ledger`: where every reading went. Exit 1 when a message is missing. */
export function ledgerCommand(): Command {
  return new Command("ledger")
    .description("received = stored + duplicate + quarantined + pending, and what never came")
    .option("--device <identity>", "of one device")
    .option(
      "--of <url...>",
      "the sum of the ingests at these addresses, by the token in KENH_TOKEN",
    )
    .addOption(dataOption())
    .option("--json")
    .action(async ({ device, of, data, json }) => {
      const query = device ? `?device=${encodeURIComponent(device)}` : "";
      const path = `/api/v1/ledger${query}`;
      const report = of ? await sumOf(of, path) : await ask<LedgerReport>(data, path);
      print(json, report, () => linesOf(report));
      if (report.epochs.some(({ missing }) => missing.length > 0)) process.exitCode = 1;
    });
}

/** The books of ingests that share one stream. @throws Refusal naming the one that did not answer */
async function sumOf(urls: readonly string[], path: string): Promise<LedgerReport> {
  const token = process.env.KENH_TOKEN;
  if (!token) throw new Refusal("--of needs a token of each of these ingests in KENH_TOKEN");
  const { sumLedgers } = await import("@kenh/ingest");
  const reports = urls.map(async (url) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(new URL(path, url), { headers }).catch((cause) => {
      throw new Refusal(`${url} does not answer: ${(cause as Error).message}`);
    });
    if (!answer.ok) throw new Refusal(`${url} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as LedgerReport;
  });
  return sumLedgers(await Promise.all(reports));
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
