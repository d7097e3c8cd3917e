import { isoTime, parsePath, pick } from "../extract.ts";

/** What a network server says of one device, in one shape for both of them. */
export interface LoraEvent {
  readonly kind: "uplink" | "status" | "error" | "other";
  /** Names by which the device may be configured, the surest first. */
  readonly names: readonly string[];
  /** When the network received it; milliseconds since 1970 UTC. */
  readonly ts: number | undefined;
  /** The decoded payload; undefined where the server has no decoder for it. */
  readonly decoded: unknown;
  /** Whether the uplink carries a payload at all. */
  readonly hasPayload: boolean;
  /** Why the payload could not be decoded. */
  readonly errors: readonly string[];
  /** The frame counter; a counter of zero is left out of the JSON of either server. */
  readonly frame: number;
  /** The session of the counter: another begins anew. */
  readonly session: string;
  /** The raw payload as text, to tell a repetition from a restarted counter. */
  readonly payload: string;
  /** The server's own identity of an uplink. */
  readonly uplinkId: string | undefined;
  readonly rssiDbm: number | undefined;
  readonly snrDb: number | undefined;
  readonly batteryPct: number | undefined;
  /** Of an event of the kind `error`. */
  readonly description: string;
}

/**
 * Reads an event of ChirpStack v4 (`application/…/device/…/event/<kind>`) or of The Things Stack v3
 * (`v3/…/devices/…/<kind>`).
 */
export function readEvent(topic: string, document: unknown): LoraEvent {
  const levels = topic.split("/");
  return levels[0] === "v3" ? things(levels, document) : chirpstack(levels, document);
}

function chirpstack(levels: readonly string[], document: unknown): LoraEvent {
  const at = reader(document);
  const kind = levels[5];
  const log = kind === "log" && at.text("level") !== "INFO" && at.text("level") !== "WARNING";
  const best = strongest(at.list("rxInfo"));
  return {
    kind: kind === "up" ? "uplink" : kind === "status" ? "status" : log ? "error" : "other",
    names: [at.text("deviceInfo.devEui"), levels[3]].filter((name) => name !== undefined),
    ts: time(at.text("time")),
    decoded: at.any("object"),
    hasPayload: Boolean(at.text("data")),
    errors: errorsOf(at.any("object"), at.any("errors")),
    frame: at.number("fCnt") ?? 0,
    session: at.text("devAddr") ?? "",
    payload: at.text("data") ?? "",
    uplinkId: at.text("deduplicationId"),
    rssiDbm: best?.rssi,
    snrDb: best?.snr,
    // Of a node on mains, and of one that does not know, the level says nothing.
    batteryPct:
      at.any("externalPowerSource") === true || at.any("batteryLevelUnavailable") === true
        ? undefined
        : at.number("batteryLevel"),
    description: [at.text("code"), at.text("description")].filter(Boolean).join(": "),
  };
}

function things(levels: readonly string[], document: unknown): LoraEvent {
  // Its storage and its streams wrap the same message once more.
  const outer = pick(document, ["result"]) ?? document;
  const whole = reader(outer);
  const at = reader(pick(outer, ["uplink_message"]));
  const kind = levels[4];
  const best = strongest(at.list("rx_metadata"));
  const failed = kind === "down" && (levels[5] === "failed" || levels[5] === "nack");
  return {
    kind: kind === "up" ? "uplink" : failed ? "error" : "other",
    names: [
      whole.text("end_device_ids.dev_eui"),
      whole.text("end_device_ids.device_id"),
      levels[3],
    ].filter((name) => name !== undefined),
    ts:
      time(at.text("received_at")) ??
      time(whole.text("received_at")) ??
      time(at.text("settings.time")) ??
      best?.ts,
    decoded: at.any("decoded_payload"),
    hasPayload: Boolean(at.text("frm_payload")),
    errors: errorsOf(at.any("decoded_payload"), at.any("errors"), at.any("decoded_payload_errors")),
    frame: at.number("f_cnt") ?? 0,
    session: at.text("session_key_id") ?? whole.text("end_device_ids.dev_addr") ?? "",
    payload: at.text("frm_payload") ?? "",
    uplinkId: undefined,
    rssiDbm: best?.rssi,
    snrDb: best?.snr,
    batteryPct: undefined,
    description: whole.text("downlink_failed.error.message_format") ?? levels.slice(4).join("/"),
  };
}

/** Takes typed values out of a document by their paths. */
function reader(document: unknown) {
  const any = (path: string): unknown => pick(document, parsePath(path));
  return {
    any,
    text: (path: string): string | undefined => {
      const value = any(path);
      return typeof value === "string" && value !== "" ? value : undefined;
    },
    number: (path: string): number | undefined => finite(any(path)),
    list: (path: string): readonly unknown[] => {
      const value = any(path);
      return Array.isArray(value) ? value : [];
    },
  };
}

function finite(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function time(text: string | undefined): number | undefined {
  return text === undefined ? undefined : isoTime(text);
}

/** A decoder tells its errors in its result, or the server beside it. */
function errorsOf(decoded: unknown, ...beside: readonly unknown[]): readonly string[] {
  const lists = [pick(decoded, ["errors"]), ...beside];
  return lists.flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
}

/** The reception with the strongest signal. */
function strongest(receptions: readonly unknown[]) {
  const heard = receptions.map((reception) => ({
    rssi: finite(pick(reception, ["rssi"])),
    snr: finite(pick(reception, ["snr"])),
    ts: time(reader(reception).text("time")),
  }));
  return heard.toSorted((a, b) => (b.rssi ?? -999) - (a.rssi ?? -999))[0];
}
