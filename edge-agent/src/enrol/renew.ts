import { sign, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Clock } from "@kenh/schemas";
import { proofs } from "@kenh/schemas";
import type { Log } from "../log.ts";
import { sleep } from "../sleep.ts";
import { ask, NotEnrolled, requestFor } from "./ask.ts";
import { type HeldIdentity, keepIdentity, pendingKey, readIdentity } from "./identity-file.ts";

export interface RenewalParts {
  /** Where the station serves HTTP. */
  readonly station: string;
  readonly identityFile: string;
  readonly caFile: string | undefined;
  readonly now: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** The next certificate is there: connections take it from now on. */
  readonly onRenewed: () => void;
}

/** The last third is for a station that is away. */
const renewAt = 2 / 3;
/** Looked at so often: a clock that was set right is noticed, and a timer of months is none. */
const lookEveryMs = 3_600_000;
const leastWaitMs = 500;

/** When a certificate is to be followed by the next one, in milliseconds since 1970 UTC. */
export function renewalTime({ validFromDate, validToDate }: X509Certificate): number {
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  return from + (to - from) * renewAt;
}

/**
 * Gets the next certificate in good time, with the present one for proof, until the signal aborts. A station
 * that is away is asked again, more and more often as the time runs out.
 */
export async function keepRenewed(parts: RenewalParts, signal: AbortSignal): Promise<void> {
  const { identityFile, now, random, log } = parts;
  while (!signal.aborted) {
    let waitMs = lookEveryMs;
    try {
      const held = await readIdentity(identityFile);
      const due = renewalTime(held.certificate) - now();
      if (due > 0) waitMs = Math.min(waitMs, due);
      else {
        const left = held.certificate.validToDate.getTime() - now();
        waitMs = Math.min(waitMs, (Math.max(0, left) / 10) * (0.5 + random()));
        await renew(held, parts, signal);
        parts.onRenewed();
        continue;
      }
    } catch (error) {
      if (signal.aborted) return;
      const forGood = error instanceof NotEnrolled && error.forGood;
      log.error({ err: error }, "the certificate could not be renewed");
      if (forGood) waitMs = lookEveryMs;
    }
    await sleep(Math.max(leastWaitMs, waitMs), signal);
  }
}

async function renew(
  held: HeldIdentity,
  { station, identityFile, caFile, log }: RenewalParts,
  signal: AbortSignal,
): Promise<void> {
  const key = await pendingKey(identityFile);
  const csr = await requestFor(key);
  const signature = sign("sha256", Buffer.from(proofs.renew(csr)), held.key).toString("base64");
  const call = { certificate: held.pem, csr, signature };
  const { certificate } = await ask(station, "enrol/renew", call, signal);
  const next = new X509Certificate(certificate);
  const authority = caFile && new X509Certificate(await readFile(caFile));
  if (!next.checkPrivateKey(key) || (authority && !next.verify(authority.publicKey))) {
    throw new NotEnrolled(`${station} is not the one that this agent was enrolled at`, true);
  }
  await keepIdentity(identityFile, key, certificate);
  log.info({ expiresAt: next.validToDate.toISOString() }, "the certificate was renewed");
}
