import { createHmac, timingSafeEqual, verify, X509Certificate } from "node:crypto";
import {
  type Clock,
  type EnrolCall,
  type Enrolled,
  type Enrolment,
  EnrolmentRefused,
  proofs,
  type RenewCall,
} from "@kenh/schemas";
import type { Access, Certificate, IdentityEvent } from "@kenh/schemas/node";
import type { Authority } from "./authority.ts";
import { type Request, readRequest } from "./request.ts";
import { seldom } from "./seldom.ts";

export interface EnrolmentParts {
  readonly access: Access;
  readonly authority: Authority;
  readonly broker: () => string | null;
  readonly now: Clock;
}

/** Wrong attempts after which a code is void. */
const mostMisses = 5;
/** Requests that wait for their turn: each costs a signature. */
const mostWaiting = 64;
/** An agent that is refused asks again and again: it is one line of the log in an hour. */
const refusalEveryMs = 3_600_000;
/** One text for all that knows no secret: nothing is told of what there is. */
const unknownCode = "this code opens nothing: ask for a new one (kenh enrol code <identity>)";

const macOf = (key: Uint8Array, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();

/** One at a time: a code that is used twice at once is used twice. */
export function createEnrolment({ access, authority, broker, now }: EnrolmentParts): Enrolment {
  const { certificates, codes, events } = access;
  const isNews = seldom(refusalEveryMs, now);
  let line: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting >= mostWaiting) throw new EnrolmentRefused("too many ask at once: try again");
    waiting++;
    const turn = line.then(work);
    line = turn.catch(() => {}); // whoever asked hears of it; the next has nothing to do with it
    return turn.finally(() => {
      waiting--;
    });
  }

  const answer = (certificate: Pick<Certificate, "identity" | "pem">) => ({
    identity: certificate.identity,
    certificate: certificate.pem,
    authority: authority.pem,
    broker: broker(),
  });

  async function issue(
    identity: string,
    request: Request,
    lifeMs: number,
    from: Pick<Certificate, "code" | "follows">,
  ) {
    const signed = await authority.sign(identity, request, lifeMs);
    const issued = { ...signed, identity, key: request.key, lifeMs, issuedAt: now(), ...from };
    certificates.add(issued);
    return issued;
  }

  async function enrol({ id, csr, mac }: EnrolCall, address: string | null): Promise<Enrolled> {
    const code = codes.find(id);
    if (!code || code.misses >= mostMisses) throw new EnrolmentRefused(unknownCode);
    const { identity } = code;
    const tell = (result: string, detail: string | null, call: IdentityEvent["call"] = "enrol") =>
      events.add({ call, device: identity, result, detail, name: null, address });
    if (!isSame(macOf(code.key, proofs.enrol(csr)), mac)) {
      codes.miss(id);
      const left = mostMisses - code.misses - 1;
      tell("wrong-code", `code ${id}, its secret part is wrong; ${left} attempts are left`);
      throw new EnrolmentRefused(unknownCode);
    }
    const request = await readRequest(csr);
    const proven = (certificate: Pick<Certificate, "identity" | "pem">): Enrolled => {
      const body = answer(certificate);
      return { ...body, mac: macOf(code.key, proofs.enrolled(body)).toString("hex") };
    };
    if (code.usedBy !== null) {
      const before = certificates.find(code.usedBy);
      // Its answer was lost on the way: the same key asks again.
      if (before?.key === request.key && before.revokedAt === null && before.expiresAt > now()) {
        return proven(before);
      }
      codes.miss(id);
      throw new EnrolmentRefused(usedTwice(code.usedBy, code.usedAt ?? 0, now() < code.expiresAt));
    }
    if (now() >= code.expiresAt) {
      codes.miss(id);
      tell("code-expired", `code ${id} was good until ${iso(code.expiresAt)}`);
      throw new EnrolmentRefused(
        `this code was good until ${iso(code.expiresAt)}: ask for a new one (kenh enrol code ${identity})`,
      );
    }
    access.openAccount(identity, [identity], code.joins);
    const issued = await issue(identity, request, code.lifeMs, { code: id, follows: null });
    codes.use(id, issued.fingerprint);
    tell("done", `serial ${issued.serial}, good until ${iso(issued.expiresAt)}`);
    return proven(issued);

    /**
     * As RFC 6749, 4.1.2 has it of a code: refused, and what it brought is void. Later than the code
     * lived it only says so: an old code, found in a message, ends nobody's connection.
     */
    function usedTwice(fingerprint: string, usedAt: number, stillYoung: boolean): string {
      const brought = stillYoung ? revokeChain(fingerprint) : 0;
      const what = brought > 0 ? `; what it brought is void (${brought})` : "";
      tell("code-used-twice", `code ${id}, first used ${iso(usedAt)}${what}`);
      return `this code was used at ${iso(usedAt)}${what}. If that was not you, somebody has it: kenh device revoke ${identity}, then a new code`;
    }
  }

  /** A certificate and those that followed it. */
  function revokeChain(first: string): number {
    let count = 0;
    for (let at: string | undefined = first; at; at = certificates.successorOf(at)?.fingerprint) {
      count += certificates.revoke(at, "code-used-twice");
    }
    return count;
  }

  async function renew(
    { certificate: pem, csr, signature }: RenewCall,
    address: string | null,
  ): Promise<Enrolled> {
    const held = readCertificate(pem);
    const present = held && certificates.find(fingerprintOf(held));
    const proof = Buffer.from(proofs.renew(csr));
    if (!held || !present || !isSigned(held, proof, signature)) {
      throw new EnrolmentRefused("this is no certificate of the station, or its key is another");
    }
    const { identity, fingerprint, serial } = present;
    const refuse = (result: string, detail: string): EnrolmentRefused => {
      const call = result === "renewed-twice" ? "certificate-cloned" : "renew";
      if (isNews(`${result} ${fingerprint}`)) {
        events.add({ call, device: identity, result, detail, name: null, address });
      }
      return new EnrolmentRefused(`${detail}: enrol anew (kenh enrol code ${identity})`);
    };
    const successor = certificates.successorOf(fingerprint);
    if (present.revokedAt !== null && present.reason !== "superseded") {
      throw refuse("revoked", `serial ${serial} was revoked at ${iso(present.revokedAt)}`);
    }
    if (present.expiresAt <= now()) {
      throw refuse("expired", `serial ${serial} expired at ${iso(present.expiresAt)}`);
    }
    if (!access.account(identity)) {
      throw refuse("no-account", `${identity} has no account any more`);
    }
    const request = await readRequest(csr);
    if (successor) {
      if (successor.key === request.key && successor.revokedAt === null) return answer(successor);
      throw refuse(
        "renewed-twice",
        `serial ${serial} was renewed at ${iso(successor.issuedAt)} by another key: two hold it`,
      );
    }
    if (now() < present.issuedAt + present.lifeMs / 2) {
      throw new EnrolmentRefused(
        `serial ${serial} is too young: it may be renewed from ${iso(present.issuedAt + present.lifeMs / 2)}`,
      );
    }
    const issued = await issue(identity, request, present.lifeMs, {
      code: null,
      follows: fingerprint,
    });
    const detail = `serial ${issued.serial} follows ${serial}, good until ${iso(issued.expiresAt)}`;
    events.add({ call: "renew", device: identity, result: "done", detail, name: null, address });
    return answer(issued);
  }

  return {
    authority: authority.pem,
    enrol: (call, address) => inTurn(() => enrol(call, address)),
    renew: (call, address) => inTurn(() => renew(call, address)),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

function isSame(expected: Buffer, given: string): boolean {
  const bytes = Buffer.from(given, "hex");
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** SHA-256 in lower-case hexadecimal, as the book has it. */
export function fingerprintOf({ fingerprint256 }: { readonly fingerprint256: string }): string {
  return fingerprint256.replaceAll(":", "").toLowerCase();
}

function isSigned({ publicKey }: X509Certificate, proof: Buffer, signature: string): boolean {
  const algorithm = publicKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  try {
    return verify(algorithm, proof, publicKey, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}
