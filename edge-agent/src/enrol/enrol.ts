import { createHmac, timingSafeEqual, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { type Enrolled, proofs } from "@kenh/schemas";
import { codeKey, readCode } from "@kenh/schemas/node";
import { ask, NotEnrolled, requestFor } from "./ask.ts";
import { keepIdentity, pendingKey, writeWhole } from "./identity-file.ts";

export interface EnrolOptions {
  /** Where the station serves HTTP. */
  readonly station: string;
  readonly code: string;
  /** Folder for the agent's key with its certificate, and for the authority's. */
  readonly folder: string;
}

/** What an agent has after it was enrolled. */
export interface EnrolledAgent {
  readonly identity: string;
  /** Key and certificate in one file. */
  readonly identityFile: string;
  readonly caFile: string;
  /** Where the broker takes its connections. */
  readonly broker: string;
  readonly expiresAt: number;
}

/**
 * Enrols an agent with a one-time code. Its key is made here and never leaves; the code is not sent, but
 * proven, and so is the answer: whoever listens on the way learns nothing that serves him, and whoever
 * stands in between can neither take the code nor pass off another authority.
 * @throws NotEnrolled, which says why
 */
export async function enrolAgent({ station, code, folder }: EnrolOptions): Promise<EnrolledAgent> {
  const typed = readCode(code);
  if (!typed)
    throw new NotEnrolled("this is no code: it has five groups of six letters and digits", true);
  const files = { identityFile: join(folder, "agent.pem"), caFile: join(folder, "ca.pem") };
  const key = await pendingKey(files.identityFile);
  const csr = await requestFor(key);
  const secret = codeKey(typed.secret);
  const macOf = (text: string) => createHmac("sha256", secret).update(text).digest();
  const mac = macOf(proofs.enrol(csr)).toString("hex");
  const enrolled = await ask(station, "enrol", { id: typed.id, csr, mac });
  const proof = Buffer.from(enrolled.mac ?? "", "hex");
  const expected = macOf(proofs.enrolled(enrolled));
  if (proof.length !== expected.length || !timingSafeEqual(proof, expected)) {
    throw new NotEnrolled(`${station} does not know the code: something stands in between`, true);
  }
  const certificate = new X509Certificate(enrolled.certificate);
  if (!certificate.checkPrivateKey(key)) {
    throw new NotEnrolled(`${station} has signed another key: ask for a new code`, true);
  }
  const broker = brokerOf(enrolled, station);
  await writeWhole(files.caFile, enrolled.authority, 0o644);
  await keepIdentity(files.identityFile, key, enrolled.certificate);
  const expiresAt = certificate.validToDate.getTime();
  return { identity: enrolled.identity, ...files, broker, expiresAt };
}

/** A broker that listens everywhere is where its station is. */
function brokerOf({ broker }: Enrolled, station: string): string {
  if (broker === null) {
    throw new NotEnrolled(
      "the station's broker takes no connections by TLS: set KENH_MQTTS_PORT to a port that is free",
      true,
    );
  }
  const url = new URL(broker);
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]")
    url.hostname = new URL(station).hostname;
  return url.href.replace(/\/$/, "");
}
