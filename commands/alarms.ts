import type { Alarm, Identity } from "@kenh/schemas";
import { Command } from "commander";
import { addCalls, show } from "./alarm-calls.ts";
import { languageOption, linesOf, newsOf, rowOf } from "./alarm-text.ts";
import { print, table, when } from "./output.ts";
import { untilStopped } from "./process.ts";
import { ask, follow, queryOf } from "./running.ts";
import { dataOption } from "./state.ts";

/** What of the HTTP interface's answers is shown here. */
interface Listing {
  readonly alarms: readonly Alarm[];
  readonly revision: number;
  readonly floods: readonly {
    readonly unit: string;
    readonly active: boolean;
    readonly count: number;
  }[];
}
interface AnswerTime {
  readonly count: number;
  readonly medianMs: number | null;
  readonly p90Ms: number | null;
}
interface Load {
  readonly alarms: number;
  readonly per10Min: { readonly mean: number; readonly most: number };
  readonly floodShare: number;
  readonly toAcknowledge: AnswerTime;
}
interface Kpis extends Load {
  readonly from: number;
  readonly to: number;
  readonly top: readonly {
    readonly device: Identity;
    readonly rule: string;
    readonly count: number;
  }[];
  readonly chattering: readonly { readonly device: Identity; readonly rule: string }[];
  readonly stale: readonly {
    readonly device: Identity;
    readonly rule: string;
    readonly since: number;
  }[];
  readonly units: readonly (Load & { readonly unit: string })[];
  readonly operators: readonly (AnswerTime & { readonly actor: string })[];
}
interface AuditPage {
  readonly lines: readonly {
    readonly seq: number;
    readonly at: number;
    readonly address: string | null;
    readonly token: string;
    readonly name: string | null;
    readonly role: string;
    readonly call: string;
    readonly alarm: string;
    readonly result: string;
    readonly comment: string | null;
  }[];
  readonly next: number | null;
}
interface Chain {
  readonly lines: number;
  readonly head: string;
  readonly brokenAt: number | null;
}
interface WaysOut {
  readonly ways: readonly {
    readonly name: string;
    readonly waiting: number;
    readonly failingSince: number | null;
    readonly error: string | null;
  }[];
  readonly refused: readonly {
    readonly way: string;
    readonly alarm: string;
    readonly reason: string;
    readonly at: number;
  }[];
}

/** `kenh alarms`: what needs the operator, and what the operator does. */
export function alarmsCommand(): Command {
  const command = new Command("alarms").description("alarms");
  command
    .command("list", { isDefault: true })
    .description("show the alarms there are")
    .option("--state <state>", "one or several, with commas")
    .option("--unit <unit>", "province/unit")
    .option("--priority <n>", "1 to 4, one or several")
    .option("--cause <id>", "those that this alarm explains")
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(async ({ state, unit, priority, cause, lang, data, json }) => {
      const query = queryOf({ state, unit, priority, cause });
      const answer = await ask<Listing>(data, `/api/v1/alarms${query}`);
      print(json, answer, () => [
        ...table(answer.alarms.map((alarm) => rowOf(alarm, lang))),
        ...answer.floods
          .filter(({ active }) => active)
          .map(({ unit: flooded, count }) => `${flooded}: ${count} / 10 min`),
      ]);
    });
  command
    .command("show <id>")
    .description("one of them, with its history")
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(async (id: string, { lang, data, json }) => {
      const alarm = await show(data, id);
      print(json, alarm, () => linesOf(alarm, lang));
    });
  addCalls(command);
  command
    .command("watch")
    .description("print each transition as it happens, until it is stopped")
    .option("--since <revision>", "and those after this revision first")
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json", "one line of JSON each")
    .action(async ({ since, lang, data, json }) => {
      const stopping = new AbortController();
      void untilStopped().then(() => stopping.abort());
      const path = `/api/v1/alarms/stream${queryOf({ since })}`;
      for await (const event of follow(data, path, stopping.signal)) {
        const alarm = JSON.parse(event) as Alarm;
        print(json, alarm, () => [newsOf(alarm, lang)]);
      }
    });
  command
    .command("kpis")
    .description("how well the alarms of a period served their operators; without --from a week")
    .option("--unit <unit>", "province/unit")
    .option("--from <time>", "ISO 8601 with a zone")
    .option("--to <time>", "ISO 8601 with a zone")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ unit, from, to, data, json }) => {
      const kpis = await ask<Kpis>(data, `/api/v1/alarms/kpis${queryOf({ unit, from, to })}`);
      print(json, kpis, () => kpiLines(kpis));
    });
  command
    .command("audit")
    .description("who did what with alarms, the last ones first")
    .option("--alarm <id>")
    .option("--device <identity>")
    .option("--from <time>", "ISO 8601 with a zone")
    .option("--to <time>", "ISO 8601 with a zone")
    .option("--limit <n>", "at most so many", "100")
    .option("--verify", "instead: whether the log is as it was written; 1 when it is not")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ alarm, device, from, to, limit, verify, data, json }) => {
      if (verify) {
        const chain = await ask<Chain>(data, "/api/v1/audit/chain");
        const { lines, head, brokenAt } = chain;
        print(json, chain, () => [
          brokenAt === null ? `${lines} lines, head ${head}` : `broken at line ${brokenAt}`,
        ]);
        if (brokenAt !== null) process.exitCode = 1;
        return;
      }
      const query = queryOf({ alarm, device, from, to, limit });
      const page = await ask<AuditPage>(data, `/api/v1/audit${query}`);
      print(json, page, () =>
        table(
          page.lines.map((line) => [
            line.seq,
            when(line.at),
            line.name ?? line.token,
            line.role,
            line.address ?? "–",
            line.call,
            line.alarm,
            line.result,
            line.comment ?? "",
          ]),
        ),
      );
    });
  command
    .command("ways")
    .description("how the ways out stand; 1 when one of them fails")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ data, json }) => {
      const answer = await ask<WaysOut>(data, "/api/v1/ways");
      print(json, answer, () => [
        ...table(
          answer.ways.map(({ name, waiting, failingSince, error }) => [
            name,
            waiting,
            error === null ? "ok" : `since ${when(failingSince)}: ${error}`,
          ]),
        ),
        ...answer.refused.map(
          ({ way, alarm, reason, at }) => `${when(at)}  ${way} refused ${alarm}: ${reason}`,
        ),
      ]);
      if (answer.ways.some(({ error }) => error !== null)) process.exitCode = 1;
    });
  return command;
}

function kpiLines(kpis: Kpis): string[] {
  const share = (part: number): string => `${(part * 100).toFixed(1)} %`;
  const time = (ms: number | null): string =>
    ms === null ? "–" : `${(ms / 60_000).toFixed(1)} min`;
  const load = (name: string, one: Load): (string | number)[] => [
    name,
    one.alarms,
    one.per10Min.mean.toFixed(2),
    one.per10Min.most,
    share(one.floodShare),
    time(one.toAcknowledge.medianMs),
    time(one.toAcknowledge.p90Ms),
  ];
  return [
    `${when(kpis.from)} – ${when(kpis.to)}`,
    ...table([
      ["", "alarms", "mean/10 min", "most", "in flood", "to acknowledge", "90 %"],
      load("all", kpis),
      ...kpis.units.map((unit) => load(unit.unit, unit)),
    ]),
    "",
    ...table(
      kpis.operators.map((one) => [one.actor, one.count, time(one.medianMs), time(one.p90Ms)]),
    ),
    ...table(kpis.top.map(({ count, rule, device }) => [count, rule, device])),
    ...kpis.chattering.map(({ rule, device }) => `chattering  ${rule}  ${device}`),
    ...kpis.stale.map(({ rule, device, since }) => `stale  ${rule}  ${device}  ${when(since)}`),
  ];
}
