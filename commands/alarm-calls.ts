import { userInfo } from "node:os";
import { type Alarm, type Problem, stateWords } from "@kenh/schemas";
import { type Command, Option } from "commander";
import { type Language, languageOption, newsOf } from "./alarm-text.ts";
import { print, Refusal } from "./output.ts";
import { ask } from "./running.ts";
import { dataOption } from "./state.ts";

/** Who acts. */
export const nameOption = (): Option =>
  new Option("--name <name>", "who acts, for history and audit log").default(
    userInfo().username,
    "your user name",
  );
const commentOption = (needed: boolean): Option =>
  new Option("--comment <text>", "why").makeOptionMandatory(needed);
const untilOption = (): Option =>
  new Option("--until <time>", "30m, 4h, 2d from now, or ISO 8601 with a zone").argParser(
    instantOf,
  );
const seenOption = (): Option =>
  new Option("--seen <version>", "only if the alarm is still at this version").argParser(Number);

interface Given {
  readonly data: string;
  readonly name: string;
  readonly lang: Language;
  readonly comment?: string;
  readonly until?: string;
  readonly seen?: number;
  readonly json?: boolean;
}

/** The operator's and the engineer's calls, below `kenh alarms`. */
export function addCalls(command: Command): void {
  command
    .command("ack <ids...>")
    .description("acknowledge alarms; 1 when one of them could not be")
    .addOption(commentOption(false))
    .addOption(nameOption())
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(acknowledge);
  const one = (name: string, description: string, needsComment: boolean): Command =>
    command
      .command(`${name} <id>`)
      .description(description)
      .addOption(commentOption(needsComment))
      .addOption(seenOption())
      .addOption(nameOption())
      .addOption(languageOption())
      .addOption(dataOption())
      .option("--json");
  one("shelve", "put an alarm aside for a while, with a reason", true)
    .addOption(untilOption())
    .action((id: string, given: Given) => callOn(id, "shelve", given));
  one("unshelve", "bring a shelved alarm back", false).action((id: string, given: Given) =>
    callOn(id, "unshelve", given),
  );
  one("return", "return an alarm to service", false).action((id: string, given: Given) =>
    callOn(id, "return-to-service", given),
  );
  one("comment", "write a line into an alarm's history", true).action((id: string, given: Given) =>
    callOn(id, "comment", given),
  );
  command
    .command("out-of-service [id]")
    .description("take an alarm, or a rule on a device, out of service for maintenance")
    .option("--device <identity>", "where there is no alarm now")
    .option("--rule <rule>", "of that device")
    .addOption(commentOption(true))
    .addOption(untilOption())
    .addOption(seenOption())
    .addOption(nameOption())
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(takeOut);
}

async function acknowledge(
  ids: string[],
  { data, name, comment, lang, json }: Given,
): Promise<void> {
  const alarms: { id: string; version: number }[] = [];
  for (const id of ids) {
    const { version } = await show(data, id);
    alarms.push({ id, version });
  }
  const body = { alarms, name, comment };
  const { results } = await ask<{ results: { id: string; alarm?: Alarm; problem?: Problem }[] }>(
    data,
    "/api/v1/alarms/acknowledge",
    { method: "POST", body },
  );
  print(json, { results }, () =>
    results.map(({ id, alarm, problem }) =>
      alarm ? `${id}  ${stateWords[alarm.state][lang]}` : `${id}  ${problem?.detail}`,
    ),
  );
  if (results.some(({ problem }) => problem)) process.exitCode = 1;
}

async function callOn(id: string, call: string, given: Given): Promise<void> {
  const { data, name, comment, until, seen, lang, json } = given;
  const version = seen ?? (await show(data, id)).version;
  const body = { version, name, comment, until };
  const path = `/api/v1/alarms/${encodeURIComponent(id)}/${call}`;
  const alarm = await ask<Alarm>(data, path, { method: "POST", body });
  print(json, alarm, () => [newsOf(alarm, lang)]);
}

async function takeOut(
  id: string | undefined,
  given: Given & { readonly device?: string; readonly rule?: string },
): Promise<void> {
  const { data, device, rule, name, comment, until, lang, json } = given;
  if (id !== undefined) return callOn(id, "out-of-service", given);
  if (!device || !rule) throw new Refusal("name an alarm, or --device and --rule", 2);
  const body = { device, rule, name, comment, until };
  const path = "/api/v1/alarms/out-of-service";
  const alarm = await ask<Alarm>(data, path, { method: "POST", body });
  print(json, alarm, () => [newsOf(alarm, lang)]);
}

/** The alarm with all of its history. */
export function show(data: string, id: string): Promise<Alarm> {
  return ask<Alarm>(data, `/api/v1/alarms/${encodeURIComponent(id)}`);
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An instant as the HTTP interface takes it. */
export function instantOf(text: string): string {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count === undefined) return text;
  return new Date(Date.now() + Number(count) * unitMs[unit as keyof typeof unitMs]).toISOString();
}
