import type { Condition, ConditionKind } from "./condition.ts";
import { within } from "./deadline.ts";
import { open } from "./http.ts";
import type { Credentials } from "./login.ts";
import { partsOf } from "./multipart.ts";
import { firstAt, parseXml, textAt } from "./xml.ts";

/** Hikvision's stream of alerts. */
export const alertStreamPath = "/ISAPI/Event/notification/alertStream";

/** A heartbeat comes every 10 s, on firmware before 5.5.0 every 300 ms; lost after this (ISAPI guide). */
const silenceMs = 30_000;

/** Types of alerts that speak of what we watch for; people, motion and ports do not. */
const kinds: Readonly<Record<string, ConditionKind>> = {
  shelteralarm: "tamper",
  tamperdetection: "tamper",
  scenechangedetection: "tamper",
  diskfull: "storage-failure",
  diskerror: "storage-failure",
  videoloss: "video-loss",
};

/** One EventNotificationAlert. */
export interface Alert {
  readonly type: string;
  readonly active: boolean;
  readonly channel: string;
  /** The camera's time; undefined when it names none. */
  readonly at: number | undefined;
  /** A video loss that is not: by this the camera says that it is there. */
  readonly heartbeat: boolean;
}

/** @throws Error when the text is no EventNotificationAlert. */
export function alertOf(text: string): Alert {
  const alert = firstAt(parseXml(text), "EventNotificationAlert");
  const type = textAt(alert, "eventType")?.toLowerCase();
  const state = textAt(alert, "eventState")?.toLowerCase();
  if (type === undefined || (state !== "active" && state !== "inactive")) {
    throw new Error(
      "an alert without eventType, or whose eventState is neither active nor inactive",
    );
  }
  const at = Date.parse(textAt(alert, "dateTime") ?? "");
  return {
    type,
    active: state === "active",
    channel: textAt(alert, "channelID") ?? textAt(alert, "dynChannelID") ?? "",
    at: Number.isNaN(at) ? undefined : at,
    heartbeat: type === "videoloss" && state === "inactive",
  };
}

/**
 * Makes the function that turns alerts into conditions. A camera repeats an alert while it lasts, and
 * not every one says when it is over: what has not been repeated for 30 s is.
 * @param monotonic milliseconds
 */
export function alertConditions(monotonic: () => number): (alert: Alert) => readonly Condition[] {
  const lasting = new Map<string, { condition: Condition; seen: number }>();
  return ({ type, active, channel, at, heartbeat }) => {
    const now = monotonic();
    const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    const found: Condition[] = [];
    if (kind) {
      const from = `${type} ${channel}`;
      const condition = { kind, from, active, at: heartbeat ? undefined : at };
      found.push(condition);
      if (active) lasting.set(from, { condition, seen: now });
      else lasting.delete(from);
    }
    for (const [from, { condition, seen }] of lasting) {
      if (now - seen < silenceMs) continue;
      lasting.delete(from);
      found.push({ ...condition, active: false, at: undefined });
    }
    return found;
  };
}

/**
 * The alerts of a camera as they come, heartbeats and all.
 * @param report told of a part that is no alert; the stream goes on
 * @param lostAfterMs silence by which the stream is lost
 * @throws RefusedError, or Error when the stream ends, or nothing comes for so long.
 */
export async function* readAlerts(
  url: URL,
  context: { credentials: Credentials | undefined; timeoutMs: number; signal: AbortSignal },
  report: (reason: string) => void,
  lostAfterMs = silenceMs,
): AsyncGenerator<Alert> {
  const stream = await open({ url, ...context });
  try {
    if (stream.statusCode !== 200) throw new Error(`${url.href} answers ${stream.statusCode}`);
    const parts = partsOf(stream.headers["content-type"] ?? "", stream)[Symbol.asyncIterator]();
    for (;;) {
      const next = await within(
        lostAfterMs,
        `the alert stream ${url.href}`,
        context.signal,
        (soon) => {
          soon.addEventListener("abort", () => stream.destroy(), { once: true });
          return parts.next();
        },
      );
      if (next.done) throw new Error(`${url.href} ended the alert stream`);
      const { contentType, body } = next.value;
      if (!/xml/i.test(contentType)) continue;
      let alert: Alert;
      try {
        alert = alertOf(body.toString("utf8"));
      } catch (error) {
        report(error instanceof Error ? error.message : String(error));
        continue;
      }
      yield alert;
    }
  } finally {
    stream.destroy();
  }
}
