import { readFileSync } from "node:fs";
import type { Clock } from "@kenh/schemas";
import { createTransport } from "nodemailer";
import { PermanentError } from "../../stores/store.ts";
import type { Change } from "../book.ts";
import { Floods, unitOf } from "../flood.ts";
import { isAnnounced } from "../marks.ts";
import { digestOf, type MailText, mailOf } from "./mail-text.ts";
import { alarmOf, lineOf, type Way } from "./way.ts";
import type { Places } from "./words.ts";

export interface EmailConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `starttls` and `implicit` refuse to go on without; `none` is for a relay on the same machine. */
  readonly tls: "starttls" | "implicit" | "none";
  /** PEM of the server's authority; the system's authorities when absent. */
  readonly caFile: string | undefined;
  readonly username: string | undefined;
  /** Read before each attempt. */
  readonly password: (() => string) | undefined;
  readonly from: string;
  readonly to: readonly string[];
  /** Time between two digests of a flood. */
  readonly digestEveryMs: number;
  /** Told of addresses that the server refused while it took others. */
  readonly onRejected: (addresses: readonly string[]) => void;
}

/** A storm of a whole province in one digest. */
const digestBatch = 5000;
/** Connecting, greeting and each command: a mail server on the same continent answers within this. */
const timeoutMs = 20_000;

/**
 * One mail for each transition; while a unit is in flood, one digest of what has come since the last.
 * Alarms of priority 1 go their own way, with a place of its own in the book: each has its mail, and
 * none of them waits behind a digest.
 */
export function byEmail(config: EmailConfig, places: Places, now: Clock): Way[] {
  const { name } = config;
  const isUrgent = (change: Change): boolean => alarmOf(change).priority === 1;
  const floods = new Floods();
  /** What comes again after a failure is counted once. */
  let counted = 0;
  let digestDue = Number.NEGATIVE_INFINITY;

  async function sendUsual(
    changes: readonly Change[],
    _: AbortSignal,
    took: (change: Change) => void,
  ): Promise<void> {
    for (const change of changes) {
      if (change.revision > counted) floods.note(change.device, lineOf(change), now());
    }
    counted = Math.max(counted, changes.at(-1)?.revision ?? 0);
    const inFlood = new Set(
      floods.at(now()).flatMap(({ unit, since }) => (since === null ? [] : unit)),
    );
    const send = openSender(config);
    for (const change of changes) {
      if (inFlood.has(unitOf(change.device))) continue;
      await send(mailOf(change, places), headersOf(change, config));
      took(change);
    }
    const together = changes.filter(({ device }) => inFlood.has(unitOf(device)));
    if (together.length === 0) return;
    for (const [unit, those] of Map.groupBy(together, ({ device }) => unitOf(device))) {
      await send(digestOf(unit, those, places), digestHeaders(those, config));
      those.forEach(took);
    }
    digestDue = now() + config.digestEveryMs;
  }

  return [
    {
      name: `${name}.urgent`,
      wants: (change) => isUrgent(change) && isToTell(change),
      async announce(changes, _, took) {
        const send = openSender(config);
        for (const change of changes) {
          await send(mailOf(change, places), headersOf(change, config));
          took(change);
        }
      },
    },
    {
      name,
      wants: (change) => !isUrgent(change) && isToTell(change),
      announce: sendUsual,
      gatherMs: () => digestDue - now(),
      batch: digestBatch,
    },
  ];
}

/** An alarm that comes back to the list without asking for anything is no news. */
function isToTell(change: Change): boolean {
  const line = lineOf(change);
  const comesBack = ["unsuppress", "unshelve", "return-to-service"].includes(line.event);
  return !comesBack || isAnnounced(line);
}

type Headers = { messageId: string; references?: string; priority: "high" | "normal" };

/** A repetition has the same name, and the mails of one alarm stand together. */
function headersOf(change: Change, { from }: EmailConfig): Headers {
  const { id, priority } = alarmOf(change);
  return {
    messageId: `<${id}.${change.revision}@${domainOf(from)}>`,
    references: `<${id}@${domainOf(from)}>`,
    priority: priority === 1 ? "high" : "normal",
  };
}

function digestHeaders(changes: readonly Change[], { from }: EmailConfig): Headers {
  const revisions = `${changes[0]?.revision}-${changes.at(-1)?.revision}`;
  return { messageId: `<digest.${revisions}@${domainOf(from)}>`, priority: "normal" };
}

function domainOf(address: string): string {
  return /@([^>\s]+)/.exec(address)?.[1] ?? "localhost";
}

/** Sends one mail after the other; what has to be read from files is read now. */
function openSender(config: EmailConfig): (mail: MailText, headers: Headers) => Promise<void> {
  const { host, port, tls, caFile, username, password, from, to } = config;
  const transport = createTransport({
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    ...(caFile !== undefined && { tls: { ca: readFileSync(caFile) } }),
    ...(username !== undefined && { auth: { user: username, pass: password?.() ?? "" } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async ({ subject, text }, { messageId, references, priority }) => {
    try {
      const { rejected } = await transport.sendMail({
        from,
        to: [...to],
        subject,
        text,
        messageId,
        ...(references !== undefined && { references }),
        priority,
        headers: { "Auto-Submitted": "auto-generated" },
      });
      if (rejected.length > 0) config.onRejected(rejected.map(String));
    } catch (error) {
      throw faultOf(error as MailFault, host);
    }
  };
}

type MailFault = Error & { readonly code?: string; readonly responseCode?: number };

/** A mail that the server will not have for what is in it is given up; all else is mended and tried again. */
function faultOf(cause: MailFault, host: string): Error {
  const message = `${host}: ${cause.message}`;
  const ofTheMail = cause.code === "EMESSAGE" && (cause.responseCode ?? 0) >= 500;
  return ofTheMail ? new PermanentError(message, { cause }) : new Error(message, { cause });
}
