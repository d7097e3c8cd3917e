import type { Handover, HandoverFacts } from "@kenh/schemas";
import { Command } from "commander";
import { nameOption } from "./alarm-calls.ts";
import { type Language, languageOption } from "./alarm-text.ts";
import { print, table, when } from "./output.ts";
import { ask, queryOf } from "./running.ts";
import { dataOption } from "./state.ts";

const base = "/api/v1/handovers";

/** `kenh handover`: what one shift leaves to the next. */
export function handoverCommand(): Command {
  const command = new Command("handover").description("what one shift leaves to the next");
  command
    .command("list", { isDefault: true })
    .description("the notes, the last ones first")
    .option("--unit <unit>", "a province, or province/unit")
    .option("--from <time>", "ISO 8601 with a zone")
    .option("--to <time>", "ISO 8601 with a zone")
    .option("--limit <n>", "at most so many")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ data, json, ...asked }) => {
      const answer = await ask<{ handovers: Omit<Handover, "facts">[] }>(
        data,
        `${base}${queryOf(asked)}`,
      );
      print(json, answer, () =>
        table(
          answer.handovers.map(({ id, unit, at, outgoing, incoming }) => [
            ...[id, unit, when(at), outgoing.actor, incoming?.actor ?? "–"],
          ]),
        ),
      );
    });
  command
    .command("draft")
    .description("what a note would say now; nothing is written")
    .option("--unit <unit>", "a province, or province/unit; everything when absent")
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(async ({ unit, lang, data, json }) => {
      const answer = await ask<{ unit: string; facts: HandoverFacts }>(
        data,
        `${base}/draft${queryOf({ unit })}`,
      );
      print(json, answer, () => factLines(answer.facts, lang));
    });
  command
    .command("show <id>")
    .description("one of them")
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(async (id: string, { lang, data, json }) => {
      const note = await ask<Handover>(data, `${base}/${encodeURIComponent(id)}`);
      print(json, note, () => noteLines(note, lang));
    });
  command
    .command("give")
    .description("hand over: the facts of the moment are frozen, with what you have to say")
    .requiredOption("--text <text>", "what the next shift has to know")
    .option("--unit <unit>", "a province, or province/unit; everything when absent")
    .option("--corrects <id>", "the note that this one puts right")
    .addOption(nameOption())
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(async ({ data, json, lang, ...body }) => {
      const note = await ask<Handover>(data, base, { method: "POST", body });
      print(json, note, () => noteLines(note, lang));
    });
  command
    .command("take <id>")
    .description("take over: sign what the last shift left")
    .option("--text <text>", "what you have to say to it")
    .addOption(nameOption())
    .addOption(languageOption())
    .addOption(dataOption())
    .option("--json")
    .action(async (id: string, { data, json, lang, ...body }) => {
      const path = `${base}/${encodeURIComponent(id)}/take-over`;
      const note = await ask<Handover>(data, path, { method: "POST", body });
      print(json, note, () => noteLines(note, lang));
    });
  return command;
}

const names = {
  vi: {
    ...{ outgoing: "Người giao", incoming: "Người nhận", waits: "chưa nhận ca" },
    ...{ corrects: "Đính chính cho", correctedBy: "Đã đính chính bằng" },
    ...{ since: "Từ", open: "Đang diễn ra", unacknowledged: "chưa xác nhận" },
    ...{ shelved: "Tạm ẩn", outOfService: "Ngừng vận hành", suppressed: "Bị chặn" },
    ...{ dispatches: "Đang giao xử lý", overdue: "quá hạn" },
    ...{ lateDatasets: "Dữ liệu chậm", silentDevices: "Mất kết nối" },
    counts: "Phát sinh / đã hết / xác nhận / giao / đã xử lý",
  },
  en: {
    ...{ outgoing: "Handed over by", incoming: "Taken over by", waits: "not yet" },
    ...{ corrects: "Puts right", correctedBy: "Put right by" },
    ...{ since: "Since", open: "Open", unacknowledged: "unacknowledged" },
    ...{ shelved: "Shelved", outOfService: "Out of service", suppressed: "Suppressed" },
    ...{ dispatches: "Dispatched and open", overdue: "overdue" },
    ...{ lateDatasets: "Late data", silentDevices: "Silent devices" },
    counts: "Raised / cleared / acknowledged / dispatched / handled",
  },
};

function factLines(facts: HandoverFacts, language: Language): string[] {
  const say = names[language];
  const { open, shelved, outOfService, suppressed, dispatches, counts } = facts;
  return [
    ...table([
      [say.since, `${when(facts.since)} – ${when(facts.asOf)}`],
      [say.open, `${open.total} (${open.unacknowledged} ${say.unacknowledged})`],
      [say.shelved, `${shelved.total}`],
      [say.outOfService, `${outOfService.total}`],
      [say.suppressed, `${suppressed.total}`],
      [say.dispatches, `${dispatches.total} (${dispatches.overdue} ${say.overdue})`],
      [say.lateDatasets, `${facts.lateDatasets.total}`],
      [say.silentDevices, `${facts.silentDevices.total}`],
      [
        say.counts,
        [
          ...[counts.raised, counts.cleared, counts.acknowledged],
          ...[counts.dispatched, counts.handled],
        ].join(" / "),
      ],
    ]),
    ...table(
      open.listed.map(({ priority, message, place, acknowledgedBy }) => [
        ...[`P${priority}`, message[language], place[language]],
        acknowledgedBy ?? say.unacknowledged,
      ]),
    ),
    ...table(
      dispatches.listed.map(({ label, message, deadline, overdue, instruction }) => [
        ...[label[language], message[language], when(deadline), overdue ? say.overdue : ""],
        instruction,
      ]),
    ),
  ];
}

function noteLines(note: Handover, language: Language): string[] {
  const say = names[language];
  const { id, unit, outgoing, incoming, corrects, correctedBy } = note;
  return [
    `${id}  ${unit}`,
    ...(corrects === null ? [] : [`${say.corrects} ${corrects}`]),
    ...(correctedBy === null ? [] : [`${say.correctedBy} ${correctedBy}`]),
    `${say.outgoing}: ${outgoing.actor}, ${when(outgoing.at)}`,
    ...(outgoing.text ?? "").split("\n"),
    incoming === null
      ? `${say.incoming}: ${say.waits}`
      : `${say.incoming}: ${incoming.actor}, ${when(incoming.at)}`,
    ...(incoming?.text ?? "").split("\n"),
    "",
    ...factLines(note.facts, language),
  ];
}
