import {
  type Alarm,
  eventWords,
  type Identity,
  priorityWords,
  stateWords,
  type Text,
} from "@kenh/schemas";
import type { Change } from "../book.ts";
import { groupsOf } from "../flood.ts";
import { alarmOf, lineOf } from "./way.ts";
import { measured, type Places, placeOf, when } from "./words.ts";

/** What a person reads: Vietnamese first, English below. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** The mail of one transition. Pure. */
export function mailOf(change: Change, places: Places): MailText {
  const alarm = alarmOf(change);
  const { event } = lineOf(change);
  const { vi } = placeOf(alarm.device, places);
  const head =
    event === "raise"
      ? priorityWords[alarm.priority].vi
      : `${eventWords[event].vi} (${priorityWords[alarm.priority].vi})`;
  return {
    subject: `[Kênh] ${head}: ${alarm.message.vi} – ${vi}`,
    text: [linesOf(change, places, "vi"), linesOf(change, places, "en")]
      .map((lines) => lines.join("\n"))
      .join(`\n\n${"–".repeat(40)}\n\n`),
  };
}

const names = {
  place: { vi: "Nơi", en: "Place" },
  time: { vi: "Lúc", en: "At" },
  state: { vi: "Trạng thái", en: "State" },
  value: { vi: "Giá trị", en: "Value" },
  limit: { vi: "Ngưỡng", en: "Limit" },
  cause: { vi: "Nguyên nhân", en: "Cause" },
  consequence: { vi: "Hậu quả", en: "Consequence" },
  action: { vi: "Biện pháp", en: "Action" },
  owner: { vi: "Phụ trách", en: "Owner" },
  device: { vi: "Thiết bị", en: "Device" },
  rule: { vi: "Quy tắc", en: "Rule" },
  alarm: { vi: "Mã cảnh báo", en: "Alarm" },
} as const satisfies Record<string, Text>;

function linesOf(change: Change, places: Places, language: keyof Text): string[] {
  const alarm = alarmOf(change);
  const { at, event, actor, comment } = lineOf(change);
  const title = `${priorityWords[alarm.priority][language]}: ${alarm.message[language]}`;
  const told =
    event === "dispatch-overdue"
      ? ` (${comment})`
      : actor === null || event === "unanswered"
        ? ""
        : ` (${actor}: ${comment ?? ""})`;
  const rows: [keyof typeof names, string | undefined][] = [
    ["place", placeOf(alarm.device, places)[language]],
    ["time", when(at)],
    ["state", stateWords[alarm.state][language]],
    ["value", measured(alarm, alarm.value, places)[language]],
    ["limit", measured(alarm, alarm.limit, places)[language]],
    ["cause", alarm.cause[language]],
    ["consequence", alarm.consequence?.[language]],
    ["action", alarm.action[language]],
    ["owner", alarm.owner?.[language]],
    ["device", alarm.device],
    ["rule", alarm.rule],
    ["alarm", alarm.id],
  ];
  return [
    title,
    `${eventWords[event][language]}${told}`,
    "",
    ...rows.flatMap(([name, text]) =>
      text === undefined ? [] : [`${names[name][language]}: ${text}`],
    ),
  ];
}

/** Alarms that a digest names one by one; of the others it gives the number. */
const mostNamed = 100;

/** One mail for what a flood brought to a unit: by site and cause, the first to come marked. Pure. */
export function digestOf(unit: string, changes: readonly Change[], places: Places): MailText {
  // Each alarm once, as it is now.
  const alarms = [
    ...new Map(changes.map((change) => [alarmOf(change).id, alarmOf(change)])).values(),
  ];
  const groups = groupsOf(alarms);
  const byId = new Map(alarms.map((alarm) => [alarm.id, alarm]));
  const first = groups[0] && byId.get(groups[0].first);
  const section = (language: keyof Text): string[] => {
    const words =
      language === "vi"
        ? { several: "cảnh báo", more: "cảnh báo khác", first: "đầu tiên" }
        : { several: "alarms", more: "more alarms", first: "first" };
    const line = (alarm: Alarm): string =>
      [
        `  ${alarm === first ? `★ ${words.first}: ` : ""}${when(alarm.raisedAt ?? 0)}`,
        priorityWords[alarm.priority][language],
        alarm.message[language],
        placeOf(alarm.device, places)[language],
        stateWords[alarm.state][language],
      ].join(" · ");
    const lines = groups.flatMap(({ site, cause, count }) => [
      `${site} · ${cause} · ${count} ${words.several}`,
      ...alarms.filter((alarm) => belongs(alarm, site, cause, byId)).map(line),
    ]);
    const more = lines.length - mostNamed;
    return more > 0 ? [...lines.slice(0, mostNamed), `… ${more} ${words.more}`] : lines;
  };
  return {
    subject: `[Kênh] ${unit}: ${alarms.length} cảnh báo dồn dập${first ? `, đầu tiên: ${first.message.vi}` : ""}`,
    text: [
      `Nhiều cảnh báo cùng lúc tại ${unit}: ${alarms.length}. Xem nguyên nhân đầu tiên trước.`,
      "",
      ...section("vi"),
      "",
      "–".repeat(40),
      "",
      `Many alarms at once in ${unit}: ${alarms.length}. Look at the first cause first.`,
      "",
      ...section("en"),
    ].join("\n"),
  };
}

function belongs(
  { device, rule, suppressedBy }: Alarm,
  site: Identity,
  cause: string,
  byId: ReadonlyMap<string, Alarm>,
): boolean {
  const own = (suppressedBy && byId.get(suppressedBy)?.rule) || rule;
  return device.startsWith(`${site}/`) && own === cause;
}
