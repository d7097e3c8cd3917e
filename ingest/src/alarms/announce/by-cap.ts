import { mkdirSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Alarm, Clock } from "@kenh/schemas";
import type { Change } from "../book.ts";
import { type CapConfig, capOf } from "./cap.ts";
import { openReceiver } from "./post.ts";
import { signedHeaders } from "./sign.ts";
import { alarmOf, type Way } from "./way.ts";
import type { WebhookConfig } from "./webhook.ts";
import type { Places } from "./words.ts";

export interface CapWayConfig extends CapConfig {
  readonly name: string;
  /** Each message becomes a file of its own there. */
  readonly folder: string | undefined;
  /** And is posted there, signed as a webhook is. */
  readonly receiver: Omit<WebhookConfig, "name"> | undefined;
}

/**
 * Messages of CAP, in order: into a folder, by HTTP, or both.
 * @param history the alarm with all of its history
 */
export function byCap(
  config: CapWayConfig,
  parts: {
    readonly history: (id: string) => Alarm | undefined;
    readonly places: Places;
    readonly now: Clock;
  },
): Way {
  const { name, folder } = config;
  const receiver = config.receiver && openReceiver(config.receiver);

  /** The alarm as it was after the transition, with every line before. */
  function wholeOf(change: Change): Alarm {
    const alarm = alarmOf(change);
    const { history } = parts.history(alarm.id) ?? alarm;
    return { ...alarm, history: history.slice(0, alarm.version) };
  }

  return {
    name,
    async announce(changes, signal, took) {
      for (const change of changes) {
        const message = capOf(wholeOf(change), config, parts.places);
        if (message && folder !== undefined) {
          await writeWhole(folder, `${message.identifier}.xml`, message.xml);
        }
        if (message && receiver) {
          const { identifier, xml } = message;
          const secrets = config.receiver?.secrets() ?? "";
          const headers = {
            ...signedHeaders(secrets, identifier, parts.now(), xml),
            "content-type": "application/cap+xml",
            "user-agent": "kenh",
          };
          await receiver.post(xml, headers, signal);
        }
        took(change);
      }
    },
    ...(receiver && { close: receiver.close }),
  };
}

/** Whoever watches the folder sees the file whole or not at all, and no power cut takes it back. */
async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const draft = join(folder, `.${name}.part`);
  const file = await open(draft, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, name));
  const entry = await open(folder, "r");
  try {
    await entry.sync();
  } finally {
    await entry.close();
  }
}
