import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setInterval } from "node:timers/promises";
import type { Alarm, Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import { readData } from "../../data-file.ts";
import { byCap } from "./by-cap.ts";
import { byEmail } from "./email.ts";
import { readSecret, type SecretPlace } from "./secret.ts";
import { wantsOf } from "./wants.ts";
import type { Way } from "./way.ts";
import { type EscalationStep, type WayConfig, waysFileSchema } from "./ways-file.ts";
import { byWebhook } from "./webhook.ts";
import type { Places } from "./words.ts";

export interface WaysParts {
  /** An alarm with all of its history. */
  readonly history: (id: string) => Alarm | undefined;
  readonly places: Places;
  readonly now: Clock;
  readonly log: Pick<Logger, "warn" | "error" | "info">;
}

/** What a file of ways says, ready for use. */
export interface ConfiguredWays {
  readonly ways: readonly Way[];
  /** The names in the file. */
  readonly names: readonly string[];
  readonly escalation: readonly EscalationStep[];
}

/** A way that is configured as it was before is the same object again: it goes on undisturbed. */
type Known = Map<string, readonly Way[]>;

/**
 * Reads `ways.yaml`; without the file there are none. Secrets are read once, so that a place without
 * one is told of now, and anew for each use.
 * @throws Error with every fault as `file:line: what is wrong`, or naming the place of a secret
 */
export function readWays(file: string, parts: WaysParts, known: Known = new Map()): ConfiguredWays {
  if (!existsSync(file)) return { ways: [], names: [], escalation: [] };
  const { ways, escalation } = readData(file, waysFileSchema);
  const folder = dirname(file);
  const made = ways.map((config) => {
    const key = JSON.stringify(config);
    const own = known.get(key) ?? waysOf(config, folder, parts);
    return [key, own] as const;
  });
  known.clear();
  for (const [key, own] of made) known.set(key, own);
  return { ways: made.flatMap(([, own]) => own), names: ways.map(({ name }) => name), escalation };
}

function waysOf(config: WayConfig, folder: string, parts: WaysParts): readonly Way[] {
  const wants = wantsOf(config);
  const limited = (way: Way): Way => {
    const own = way.wants;
    return { ...way, wants: own ? (change) => wants(change) && own(change) : wants };
  };
  const path = (file: string | undefined) => file && resolve(folder, file);
  const secret = (place: SecretPlace): (() => string) => {
    const read = (): string => readSecret(place, folder);
    read();
    return read;
  };
  const receiverOf = (http: Pick<Extract<WayConfig, { kind: "webhook" }>, HttpKeys>) => ({
    url: http.url,
    caFile: path(http.caFile),
    timeoutMs: http.timeoutSeconds * 1000,
    inFlight: http.inFlight,
    secrets: secret(http.secret),
  });
  const { name } = config;
  switch (config.kind) {
    case "webhook":
      return [limited(byWebhook({ name, ...receiverOf(config) }, parts.now))];
    case "email": {
      const { host, port, tls, caFile, username, password } = config.smtp;
      const mail = {
        name,
        host,
        port: port ?? (tls === "implicit" ? 465 : 587),
        tls,
        caFile: path(caFile),
        username,
        password: password && secret(password),
        from: config.from,
        to: config.to,
        digestEveryMs: config.digestMinutes * 60_000,
        onRejected: (addresses: readonly string[]) =>
          parts.log.warn({ way: name, addresses }, "the mail server refused some addresses"),
      };
      return byEmail(mail, parts.places, parts.now).map(limited);
    }
    case "cap": {
      const { kind, post, folder: out, expiresMinutes, ...said } = config;
      const cap = {
        ...said,
        expiresMs: expiresMinutes * 60_000,
        folder: path(out),
        receiver: post && receiverOf(post),
      };
      return [limited(byCap(cap, parts))];
    }
  }
}
type HttpKeys = "url" | "caFile" | "timeoutSeconds" | "inFlight" | "secret";

/** How often the file is looked at: a person who has saved it waits no longer. */
const lookEveryMs = 1000;

/**
 * Takes the ways anew whenever the file has changed, until the signal aborts. A file that is wrong
 * changes nothing: it is told of once, and the ways in force stay.
 */
export async function followWays(
  file: string,
  parts: WaysParts,
  known: Known,
  take: (ways: ConfiguredWays) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let seen = stampOf(file);
  try {
    for await (const _ of setInterval(lookEveryMs, undefined, { signal })) {
      const stamp = stampOf(file);
      if (stamp === seen) continue;
      seen = stamp;
      try {
        const ways = readWays(file, parts, known);
        await take(ways);
        parts.log.info({ ways: ways.names }, "the ways out of alarms were read anew");
      } catch (error) {
        parts.log.error({ err: error }, "the file of ways is wrong; those in force stay");
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Differs whenever the file was written. */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : "";
}
