import type { Clock } from "@kenh/schemas";
import type { Change } from "../book.ts";
import { inLanes } from "./lanes.ts";
import { openReceiver, type PostConfig } from "./post.ts";
import { signedHeaders } from "./sign.ts";
import { alarmOf, lineOf, type Way } from "./way.ts";

export interface WebhookConfig extends PostConfig {
  readonly name: string;
  /** Read before each attempt. */
  readonly secrets: () => string;
}

/**
 * Posts each transition as JSON, signed, until it is taken. The transitions of one alarm arrive in
 * their order; those of several may be under way at once.
 */
export function byWebhook(config: WebhookConfig, now: Clock): Way {
  const receiver = openReceiver(config);
  return {
    name: config.name,
    announce: (changes, signal, took) =>
      inLanes(
        changes,
        config.inFlight,
        (change) => alarmOf(change).id,
        async (change) => {
          const body = bodyOf(change);
          const signed = signedHeaders(config.secrets(), idOf(change), now(), body);
          const headers = { ...signed, "content-type": "application/json", "user-agent": "kenh" };
          await receiver.post(body, headers, signal);
          took(change);
        },
      ),
    close: receiver.close,
  };
}

/** What a repetition is recognised by. */
function idOf(change: Change): string {
  return `${alarmOf(change).id}.${change.revision}`;
}

/** The same text at each attempt. */
function bodyOf(change: Change): string {
  const { event, at } = lineOf(change);
  return JSON.stringify({
    type: `alarm.${event}`,
    timestamp: new Date(at).toISOString(),
    data: { revision: change.revision, alarm: alarmOf(change) },
  });
}
