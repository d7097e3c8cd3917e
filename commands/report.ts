import { writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { print, Refusal, table } from "./output.ts";
import { ask, fetchFile } from "./running.ts";
import { dataOption } from "./state.ts";

/** What the command reads of the report. Times are milliseconds since 1970 UTC. */
interface Report {
  readonly month: string;
  readonly edition: number;
  readonly totals: { readonly agencies: number; readonly listed: number };
  readonly agencies: readonly {
    readonly agency: string;
    readonly label: { readonly vi: string };
    readonly listed: boolean;
    readonly datasets: readonly {
      readonly id: string;
      readonly state: string;
      readonly since: number | null;
      readonly gaps: readonly { kind: string; from: number; to: number; periods: number }[];
    }[];
  }[];
}

const forms = ["csv", "html", "pdf"] as const;

/** `kenh report`: what a station has to report on a month. */
export function reportCommand(): Command {
  return new Command("report")
    .description("the reports of a month")
    .addCommand(sharing())
    .addCommand(correct());
}

function sharing(): Command {
  return new Command("sharing")
    .description("agencies that are late or do not share")
    .option("--month <month>", "such as 2026-10; the last whole one when absent")
    .option("--edition <number>", "the last one when absent")
    .addOption(new Option("--csv [file]", "a table for Excel").conflicts("json"))
    .addOption(new Option("--html [file]", "a page to print").conflicts("json"))
    .addOption(new Option("--pdf <file>", "the administrative document").conflicts("json"))
    .addOption(dataOption())
    .option("--json")
    .action(async ({ month, edition, data, json, ...files }) => {
      const query = new URLSearchParams({ ...(month && { month }), ...(edition && { edition }) });
      const wanted = forms.filter((form) => files[form] !== undefined);
      for (const form of wanted) {
        const path = `/api/v1/reports/sharing?${query}&format=${form}`;
        const bytes = await fetchFile(data, path);
        if (files[form] === true) process.stdout.write(bytes);
        else writeFileSync(files[form], bytes);
      }
      if (wanted.length > 0) return;
      const report = await ask<Report>(data, `/api/v1/reports/sharing?${query}`);
      print(json, report, () => linesOf(report));
    });
}

function correct(): Command {
  return new Command("correct")
    .description("another edition of a closed month's list, by what the books say now")
    .requiredOption("--month <month>", "such as 2026-10")
    .requiredOption("--note <text>", "why: it stands in the edition")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ month, note, data, json }) => {
      if (!/^\d{4}-\d\d$/.test(month)) throw new Refusal(`${month} is no month such as 2026-10`, 2);
      const path = "/api/v1/reports/sharing/editions";
      const answer = await ask<{ edition: number }>(data, path, {
        method: "POST",
        body: { month, note },
      });
      print(json, answer, () => [`${month}: edition ${answer.edition}`]);
    });
}

function linesOf({ month, edition, totals, agencies }: Report): string[] {
  const state = edition === 0 ? "still open" : `edition ${edition}`;
  const rows = agencies.flatMap(({ agency, datasets, listed }) =>
    listed
      ? datasets.flatMap(({ id, state, since, gaps }) => [
          [agency, id, state, since === null ? "–" : local(since), ""],
          ...gaps.map(({ kind, from, to, periods }) => [
            ...["", "", kind, local(from), `until ${local(to)}, periods: ${periods}`],
          ]),
        ])
      : [],
  );
  return [
    `${month} (${state}): ${totals.listed} of ${totals.agencies} agencies late or not sharing`,
    ...table(rows.length > 0 ? [["agency", "dataset", "state", "since", ""], ...rows] : []),
  ];
}

/** Vietnamese time. */
const local = (ts: number): string =>
  new Date(ts + 7 * 3_600_000).toISOString().slice(0, 16).replace("T", " ");
