import { formatPath } from "../path.ts";
import { measured } from "./measured.ts";
import type { Place, Question, Raw, Source, TimePlace } from "./place.ts";
import { severalDevices } from "./several.ts";
import { wordsOf } from "./words.ts";

/** A document is looked through this far and no farther: a hostile one costs no more. */
const bounds = { depth: 32, places: 2000, documents: 500 } as const;

/** A captured message. */
export interface Message {
  readonly topic?: string;
  readonly payload: unknown;
}

/** Reads captured messages: JSON of any shape, and the uplinks of network servers. */
export function readMessages(messages: readonly Message[]): Source {
  const found = new Map<string, Place & { values: Raw[] }>();
  const units: { words: readonly string[]; unit: string }[] = [];
  const times: TimePlace[] = [];
  const questions: Question[] = [];
  const topics = new Set(messages.map(({ topic }) => topic));
  let kind: Source["kind"] = "json";
  for (const { topic, payload } of messages.slice(0, bounds.documents)) {
    const uplink = uplinkOf(payload);
    if (uplink) kind = uplink.kind;
    const walk = (here: unknown, path: readonly string[], names: readonly string[]): void => {
      if (path.length > bounds.depth || found.size >= bounds.places) return;
      if (typeof here !== "object" || here === null) {
        if (here !== undefined) note(here as Raw, path, names);
        return;
      }
      const object = here as Record<string, unknown>;
      const wrapped = Array.isArray(here) ? undefined : measured(object);
      if (wrapped) {
        const { key, unit, name } = wrapped;
        const generic = path.length === 0 || /^\d+$/.test(path.at(-1) ?? "");
        const called = generic && name !== undefined ? [...names, name] : names;
        const label = generic ? undefined : name;
        note(object[key] as Raw, [...path, key], called, { unit, label });
        for (const [beside, inner] of Object.entries(object)) {
          if (timeOf(inner as Raw, [beside])) note(inner as Raw, [...path, beside], [beside]);
        }
        return;
      }
      for (const [name, inner] of Object.entries(here)) {
        const declared = typeof inner === "string" ? unitFor(name) : undefined;
        if (declared) units.push({ words: declared, unit: inner as string });
        else walk(inner, [...path, name], called(names, name, Array.isArray(here)));
      }
    };
    const note = (
      value: Raw,
      path: readonly string[],
      names: readonly string[],
      extra: { unit?: string | undefined; label?: string | undefined } = {},
    ): void => {
      const time = timeOf(value, names);
      const at = formatPath(path);
      if (time) {
        if (!times.some((known) => known.path === at)) times.push({ path: at, format: time });
        return;
      }
      const key = `${topics.size > 1 ? topic : ""} ${at}`;
      const known = found.get(key);
      if (known) {
        known.values.push(value);
        return;
      }
      found.set(key, {
        path: at,
        names: names.length > 0 ? names : topic ? topic.split("/").slice(-2) : [],
        values: [value],
        ...(extra.unit !== undefined && { unit: extra.unit }),
        ...(extra.label !== undefined && { label: extra.label }),
        ...(topics.size > 1 && topic !== undefined && { topic }),
      });
    };
    if (uplink && uplink.decoded === undefined) {
      questions.push({
        path: "",
        ask: "what is in the payload? the uplink carries no decoded object: give the device a codec in the network server",
      });
    } else if (uplink) walk(uplink.decoded, uplink.path, []);
    else {
      walk(payload, [], []);
      const several = severalDevices(payload);
      if (several && !questions.some(({ path }) => path === several.path)) questions.push(several);
    }
  }
  const local = times.filter(({ format }) => format === "local");
  if (local.length > 0) {
    questions.push({
      path: local[0]?.path ?? "",
      ask: "in which time zone is the clock of the device? the time carries none: write Asia/Ho_Chi_Minh, UTC, UTC+7 …, or take the time of arrival",
    });
  }
  const time = times.toSorted((a, b) => a.path.length - b.path.length)[0];
  return {
    kind,
    places: [...found.values()],
    units,
    ...(kind === "json" && time && { time }),
    questions: kind === "json" ? questions : questions.filter(({ path }) => path === ""),
  };
}

/** Whether a document is an uplink of a network server. */
export const isUplink = (document: unknown): boolean => uplinkOf(document) !== undefined;

/** The decoded object of an uplink and where it stands. */
export function uplinkOf(
  payload: unknown,
): { kind: Source["kind"]; path: readonly string[]; decoded: unknown } | undefined {
  const at = (...path: readonly string[]): unknown => {
    let here = payload;
    for (const name of path) {
      if (typeof here !== "object" || here === null || !Object.hasOwn(here, name)) return undefined;
      here = (here as Record<string, unknown>)[name];
    }
    return here;
  };
  const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
  const ways: readonly (readonly [Source["kind"], readonly string[], boolean])[] = [
    ["the-things-stack", ["uplink_message", "decoded_payload"], true],
    ["the-things-stack", ["result", "uplink_message", "decoded_payload"], true],
    ["the-things-stack", ["data", "uplink_message", "decoded_payload"], true],
    ["the-things-stack", ["uplink_normalized", "normalized_payload"], true],
    ["the-things-stack", ["decoded_payload"], at("f_port") !== undefined],
    ["the-things-stack", ["payload_fields"], true],
    [
      "chirpstack",
      ["object"],
      at("deviceInfo") !== undefined ||
        at("fCnt") !== undefined ||
        at("devEUI") !== undefined ||
        at("fPort") !== undefined,
    ],
  ];
  const bare =
    at("deviceInfo", "devEui") !== undefined && at("rxInfo") !== undefined
      ? "chirpstack"
      : (at("uplink_message", "frm_payload") ?? at("result", "uplink_message", "frm_payload")) !==
          undefined
        ? "the-things-stack"
        : undefined;
  for (const [kind, path, holds] of ways) {
    if (holds && isObject(at(...path))) return { kind, path, decoded: at(...path) };
  }
  return bare && { kind: bare, path: [], decoded: undefined };
}

/** The words for which a key such as `TempUnit` or `pressure_units` declares a unit. */
function unitFor(key: string): readonly string[] | undefined {
  const match = /^(.+?)_?units?$/i.exec(key);
  if (!match?.[1]) return undefined;
  const words = [...wordsOf(match[1]).known];
  return words.length > 0 ? words : undefined;
}

const isoLike = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;
const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/i;

/** How a place holds a time, or undefined when it holds none. */
function timeOf(value: Raw, names: readonly string[]): TimePlace["format"] | undefined {
  if (typeof value === "string" && isoLike.test(value)) {
    return zoned.test(value.trim()) ? "iso" : "local";
  }
  const number =
    typeof value === "number"
      ? value
      : typeof value === "string" && /^\d{10}(\d{3})?(\.\d+)?$/.test(value)
        ? Number(value)
        : undefined;
  if (number === undefined || !wordsOf(names.at(-1) ?? "").known.has("time")) return undefined;
  if (number > 946_684_800_000 && number < 4_102_444_800_000) return "epoch-ms";
  if (number > 946_684_800 && number < 4_102_444_800) return "epoch-s";
  return undefined;
}

/** The names down to a place; an index names nothing, and a bare number goes with what it is below: pm, 2.5. */
function called(names: readonly string[], name: string, index: boolean): readonly string[] {
  if (index) return names;
  const above = names.at(-1);
  return /^\d+([.,_]\d+)?$/.test(name) && above !== undefined
    ? [...names.slice(0, -1), `${above} ${name}`]
    : [...names, name];
}
