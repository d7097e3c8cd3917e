import type { Alarm, Priority, Text } from "@kenh/schemas";
import XMLBuilder from "fast-xml-builder";
import { type CapNote, capNotes, referencesOf } from "./cap-history.ts";
import { measured, type Places, placeOf } from "./words.ts";

/** Who warns whom, and how it is meant. */
export interface CapConfig {
  /** Unique among all senders, such as `ioc@caolanh.dongthap.gov.vn`. */
  readonly sender: string;
  readonly senderName: string;
  readonly status: "Exercise" | "Actual";
  readonly scope: "Public" | "Restricted";
  /** Who may use it, where the scope is Restricted. */
  readonly restriction: string;
  /** Names of areas by `province/unit`. */
  readonly areas: Readonly<Record<string, Text>>;
  /** Around the device's position. */
  readonly radiusKm: number;
  /** How long a message counts without another one. */
  readonly expiresMs: number;
}

/** Of the standard's five grades of urgency and severity the one that goes with a priority. */
const grades: Readonly<Record<Priority, { urgency: string; severity: string }>> = {
  1: { urgency: "Immediate", severity: "Extreme" },
  2: { urgency: "Expected", severity: "Severe" },
  3: { urgency: "Expected", severity: "Moderate" },
  4: { urgency: "Future", severity: "Minor" },
};

/** The standard's category by the measurement that the rule begins with. */
const categories: Readonly<Record<string, string>> = {
  water: "Met",
  rain: "Met",
  heat: "Met",
  wind: "Met",
  air: "Env",
  salinity: "Env",
  wq: "Env",
  cam: "Security",
};

const builder = new XMLBuilder({ ignoreAttributes: false, format: true, suppressEmptyNode: true });
/** No parser of XML 1.0 accepts these, however they are written. */
const notInXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** A message, and the name under which it is kept. */
export interface CapMessage {
  readonly identifier: string;
  readonly xml: string;
}

/**
 * The message of CAP 1.2 (OASIS) that the last transition of the alarm leads to; undefined where it
 * leads to none. The same alarm gives the same text whenever it is asked for, so that a repetition is
 * one. Pure.
 * @param alarm with all of its history up to that transition
 */
export function capOf(alarm: Alarm, config: CapConfig, places: Places): CapMessage | undefined {
  const notes = capNotes(alarm.history);
  const note = notes.at(-1);
  if (!note || note.version !== alarm.history.length) return undefined;
  const earlier = referencesOf(notes, notes.length - 1);
  const { identifier, sent } = nameOf(alarm, note);
  const named = earlier.map((one) => nameOf(alarm, one));
  const message = {
    alert: {
      "@_xmlns": "urn:oasis:names:tc:emergency:cap:1.2",
      identifier,
      sender: config.sender,
      sent,
      status: config.status,
      msgType: note.type,
      scope: config.scope,
      ...(config.scope === "Restricted" && { restriction: config.restriction }),
      // The standard wants to be told what an exercise is about.
      ...(config.status === "Exercise" && {
        note: "Diễn tập: không phải cảnh báo thật. / Exercise: not a real warning.",
      }),
      ...(named.length > 0 && {
        references: named.map((one) => `${config.sender},${one.identifier},${one.sent}`).join(" "),
      }),
      info: (["vi", "en"] as const).map((language) =>
        infoOf(alarm, note, config, places, language),
      ),
    },
  };
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(clean(message))}`;
  return { identifier, xml };
}

/** What a later message refers to this one by. */
function nameOf({ id }: Alarm, { version, line }: CapNote): { identifier: string; sent: string } {
  return { identifier: `kenh-${id}-${version}`, sent: capTime(line.at) };
}

const zoneMs = 7 * 3_600_000;
/** Local time with its offset, to the second: the standard allows no `Z`. Vietnam has one zone and no summer time. */
function capTime(ms: number): string {
  return `${new Date(ms + zoneMs).toISOString().slice(0, 19)}+07:00`;
}

function infoOf(
  alarm: Alarm,
  { type, line }: CapNote,
  config: CapConfig,
  places: Places,
  language: keyof Text,
): object {
  const { urgency, severity } = grades[alarm.priority];
  const say = (text: Text): string => text[language];
  const words =
    language === "vi" ? { value: "Giá trị", limit: "Ngưỡng" } : { value: "Value", limit: "Limit" };
  const value = `${words.value}: ${say(measured(alarm, line.value, places))}`;
  const limit = `${words.limit}: ${say(measured(alarm, alarm.limit, places))}`;
  const place = say(placeOf(alarm.device, places));
  return {
    language: language === "vi" ? "vi-VN" : "en-US",
    category: categories[alarm.rule.split(".")[0] ?? ""] ?? "Infra",
    event: say(alarm.message),
    urgency: type === "Cancel" ? "Past" : urgency,
    severity,
    certainty: alarm.kind === "forecast" ? "Likely" : "Observed",
    effective: capTime(line.at),
    ...(alarm.raisedAt !== null && { onset: capTime(alarm.raisedAt) }),
    expires: capTime(line.at + config.expiresMs),
    senderName: config.senderName,
    headline: `${say(alarm.message)} – ${place}`.slice(0, 160),
    description: [
      `${value}. ${limit}.`,
      say(alarm.cause),
      ...(alarm.consequence ? [say(alarm.consequence)] : []),
    ].join("\n"),
    instruction: say(alarm.action),
    parameter: [
      { valueName: "kenh:alarm", value: alarm.id },
      { valueName: "kenh:device", value: alarm.device },
      { valueName: "kenh:rule", value: alarm.rule },
    ],
    area: areaOf(alarm, config, places, language),
  };
}

function areaOf(
  { device }: Alarm,
  { areas, radiusKm }: CapConfig,
  places: Places,
  language: keyof Text,
): object {
  const [province = "", unit = ""] = device.split("/");
  const position = places.find(device)?.position;
  return {
    areaDesc: areas[`${province}/${unit}`]?.[language] ?? `${province}/${unit}`,
    ...(position && { circle: `${position.latitude},${position.longitude} ${radiusKm}` }),
    // Mã đơn vị hành chính of the national list: province and ward.
    geocode: [
      { valueName: "VN-DVHC-TINH", value: province },
      { valueName: "VN-DVHC-XA", value: unit },
    ],
  };
}

function clean<T>(value: T): T {
  if (typeof value === "string") return value.replace(notInXml, "") as T;
  if (Array.isArray(value)) return value.map(clean) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, clean(one)])) as T;
}
