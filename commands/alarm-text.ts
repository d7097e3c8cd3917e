import { type Alarm, eventWords, priorityWords, stateWords, type Text } from "@kenh/schemas";
import { Option } from "commander";
import { table, when } from "./output.ts";

export type Language = keyof Text;

/** In which language alarms are shown. */
export const languageOption = (): Option =>
  new Option("--lang <language>", "vi or en").choices(["vi", "en"]).default("vi");

/** One line of a list. */
export function rowOf(alarm: Alarm, language: Language): (string | number)[] {
  const { priority, state, raisedAt, device, message, id, version, marks = [] } = alarm;
  return [
    id,
    version,
    priorityWords[priority][language],
    stateWords[state][language],
    when(raisedAt),
    device,
    [message[language], ...marks.map((mark) => `[${mark}]`)].join(" "),
  ];
}

/** What happened to an alarm last. */
export function newsOf(alarm: Alarm, language: Language): string {
  const line = alarm.history.at(-1);
  const event = line ? eventWords[line.event][language] : "";
  const [id, , priority, state, , device, message] = rowOf(alarm, language);
  return [when(line?.at ?? null), event, priority, state, device, message, id].join("  ");
}

/** All of an alarm, its history below. */
export function linesOf(alarm: Alarm, language: Language): string[] {
  const say = (text: Text | undefined): string => text?.[language] ?? "–";
  const names =
    language === "vi"
      ? [
          "Mức",
          "Trạng thái",
          "Thiết bị",
          "Quy tắc",
          "Lúc",
          "Giá trị",
          "Ngưỡng",
          "Nguyên nhân",
          "Hậu quả",
          "Biện pháp",
          "Phụ trách",
          "Phiên bản",
          "Gộp vào",
        ]
      : [
          "Priority",
          "State",
          "Device",
          "Rule",
          "Raised",
          "Value",
          "Limit",
          "Cause",
          "Consequence",
          "Action",
          "Owner",
          "Version",
          "Explained by",
        ];
  const values = [
    say(priorityWords[alarm.priority]),
    say(stateWords[alarm.state]),
    alarm.device,
    alarm.rule,
    when(alarm.raisedAt),
    alarm.value ?? "–",
    alarm.limit ?? "–",
    say(alarm.cause),
    say(alarm.consequence),
    say(alarm.action),
    say(alarm.owner),
    alarm.version,
    alarm.suppressedBy ?? "–",
  ];
  const history = alarm.history.map(({ at, event, state, value, actor, comment }) => [
    when(at),
    say(eventWords[event]),
    say(stateWords[state]),
    value ?? "–",
    actor ?? "",
    comment ?? "",
  ]);
  return [
    `${alarm.id}  ${say(alarm.message)}`,
    ...table(names.map((name, at) => [name, String(values[at])])),
    "",
    ...table(history),
  ];
}
