import { type Dispatch, type DispatchLine, dispatchStateWords } from "@kenh/schemas";
import { Command, Option } from "commander";
import { instantOf, nameOption } from "./alarm-calls.ts";
import { type Language, languageOption } from "./alarm-text.ts";
import { print, Refusal, table, when } from "./output.ts";
import { ask, queryOf } from "./running.ts";
import { dataOption } from "./state.ts";

interface Given {
  readonly data: string;
  readonly name: string;
  readonly lang: Language;
  readonly comment?: string;
  readonly seen?: number;
  readonly json?: boolean;
}
interface GivenOrder extends Given {
  readonly agency: string;
  readonly deadline: string;
  readonly instruction: string;
}

/** What may be done with a dispatch; whether it takes a reason. */
const calls = {
  accept: ["say that the agency takes it on", false],
  handle: ["say that it is done, and what was done", true],
  return: ["send it back, with the reason", true],
  withdraw: ["take it back, with the reason", true],
  comment: ["write a line into its history", true],
} as const;

/** `kenh dispatch`: alarms that were given to agencies. */
export function dispatchCommand(): Command {
  const command = new Command("dispatch").description("alarms that were given to agencies");
  command
    .command("list", { isDefault: true })
    .description("those that are open, then the last that are over")
    .option("--state <state>", "one or several, with commas; overdue too")
    .option("--agency <agency>", "such as 82/so-nnmt")
    .option("--unit <unit>", "province/unit of the device")
    .option("--alarm <id>", "of this alarm")
    .option("--since <time>", "changed from then on: ISO 8601 with a zone")
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(async ({ lang, data, json, ...asked }) => {
      const path = `/api/v1/dispatches${queryOf(asked)}`;
      const answer = await ask<{ dispatches: Dispatch[] }>(data, path);
      print(json, answer, () => table(answer.dispatches.map((one) => rowOf(one, lang))));
    });
  command
    .command("agencies")
    .description("to whom an alarm may be given")
    .option("--alarm <id>", "of its province alone")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ alarm, data, json }) => {
      const path = `/api/v1/dispatches/agencies${queryOf({ alarm })}`;
      const answer = await ask<{ agencies: { agency: string; label: { vi: string } }[] }>(
        data,
        path,
      );
      print(json, answer, () =>
        table(answer.agencies.map(({ agency, label }) => [agency, label.vi])),
      );
    });
  command
    .command("show <id>")
    .description("one of them, with its history")
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(async (id: string, { lang, data, json }) => {
      const one = await show(data, id);
      print(json, one, () => linesOf(one, lang));
    });
  orderOptions(command.command("assign <alarm>").description("give an alarm to an agency")).action(
    (alarm: string, given: GivenOrder) =>
      call(`/api/v1/alarms/${encodeURIComponent(alarm)}/dispatch`, orderOf(given), given),
  );
  const reassign = command
    .command("reassign <id>")
    .description("give it to another agency: the first one has it no more");
  orderOptions(reassign)
    .requiredOption("--comment <text>", "why")
    .addOption(seenOption())
    .action(async (id: string, given: GivenOrder) => {
      const version = given.seen ?? (await show(given.data, id)).version;
      const body = { ...orderOf(given), version, comment: given.comment };
      await call(`/api/v1/dispatches/${encodeURIComponent(id)}/reassign`, body, given);
    });
  for (const [kind, [description, needsComment]] of Object.entries(calls)) {
    command
      .command(`${kind} <id>`)
      .description(description)
      .addOption(new Option("--comment <text>", "why").makeOptionMandatory(needsComment))
      .addOption(seenOption())
      .addOption(nameOption())
      .addOption(languageOption())
      .addOption(dataOption())
      .option("--json")
      .action(async (id: string, given: Given) => {
        const version = given.seen ?? (await show(given.data, id)).version;
        const body = { version, name: given.name, comment: given.comment };
        await call(`/api/v1/dispatches/${encodeURIComponent(id)}/${kind}`, body, given);
      });
  }
  return command;
}

const seenOption = (): Option =>
  new Option("--seen <version>", "only if it is still at this version").argParser(Number);

function orderOptions(command: Command): Command {
  return command
    .requiredOption("--agency <agency>", "such as 82/so-nnmt")
    .requiredOption("--instruction <text>", "what is to be done")
    .addOption(
      new Option("--deadline <time>", "30m, 4h, 2d from now, or ISO 8601 with a zone")
        .argParser(instantOf)
        .makeOptionMandatory(true),
    )
    .addOption(nameOption())
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json");
}

function orderOf({ agency, instruction, deadline, name }: GivenOrder): object {
  if (Number.isNaN(Date.parse(deadline)))
    throw new Refusal(`--deadline ${deadline} is no time: 30m, 4h, 2d, or ISO 8601 with a zone`, 2);
  return { agency, instruction, deadline, name };
}

async function call(path: string, body: object, { data, lang, json }: Given): Promise<void> {
  const one = await ask<Dispatch>(data, path, { method: "POST", body });
  print(json, one, () => table([rowOf(one, lang)]));
}

const show = (data: string, id: string): Promise<Dispatch> =>
  ask<Dispatch>(data, `/api/v1/dispatches/${encodeURIComponent(id)}`);

const marks = {
  vi: { overdue: "quá hạn", late: "xử lý muộn" },
  en: { overdue: "overdue", late: "handled late" },
};

function stateOf({ state, overdue, late }: Dispatch, language: Language): string {
  const { overdue: over, late: after } = marks[language];
  const mark = overdue ? ` (${over})` : late ? ` (${after})` : "";
  return dispatchStateWords[state][language] + mark;
}

function rowOf(one: Dispatch, language: Language): (string | number)[] {
  const { id, version, label, deadline, message, device } = one;
  const words = [label[language], message[language], device];
  return [id, version, stateOf(one, language), when(deadline), ...words];
}

const eventWords: Readonly<Record<DispatchLine["event"], { vi: string; en: string }>> = {
  assign: { vi: "Giao xử lý", en: "Assigned" },
  accept: { vi: "Tiếp nhận", en: "Accepted" },
  handle: { vi: "Đã xử lý", en: "Handled" },
  return: { vi: "Trả lại", en: "Sent back" },
  withdraw: { vi: "Thu hồi", en: "Withdrawn" },
  comment: { vi: "Ghi chú", en: "Comment" },
  overdue: { vi: "Quá hạn", en: "Overdue" },
};

function linesOf(one: Dispatch, language: Language): string[] {
  const names =
    language === "vi"
      ? ["Cơ quan", "Trạng thái", "Hạn", "Yêu cầu", "Cảnh báo", "Nơi", "Thiết bị", "Phiên bản"]
      : ["Agency", "State", "Deadline", "To do", "Alarm", "Place", "Device", "Version"];
  const { label, agency, deadline, instruction, message, alarm, place, device, version } = one;
  const values = [
    ...[`${label[language]} (${agency})`, stateOf(one, language), when(deadline), instruction],
    ...[`${message[language]} (${alarm})`, place[language], device, version],
  ];
  return [
    ...table(names.map((name, at) => [name, values[at] ?? ""])),
    "",
    ...table(
      one.history.map(({ at, event, actor, comment }) => [
        ...[when(at), eventWords[event][language], actor ?? "–", comment ?? ""],
      ]),
    ),
  ];
}
