import { createPublicKey, type KeyObject } from "node:crypto";
import { type Enrolled, enrolledSchema, type Problem, problemMediaType } from "@kenh/schemas";

/** The station gives no certificate, and says why. */
export class NotEnrolled extends Error {
  override readonly name = "NotEnrolled";
  /** False where asking again later may help. */
  readonly forGood: boolean;

  constructor(message: string, forGood: boolean, options?: ErrorOptions) {
    super(message, options);
    this.forGood = forGood;
  }
}

const askMs = 30_000;
const curve = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A certificate signing request for a key (PKCS #10, PEM). The station takes nothing of it but the key. */
export async function requestFor(key: KeyObject): Promise<string> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const publicKey = createPublicKey(key).toCryptoKey(curve, true, ["verify"]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: ["kenh"] }],
    keys: { privateKey: key.toCryptoKey(curve, false, ["sign"]), publicKey },
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  });
  return `${request.toString("pem")}\n`;
}

/**
 * Asks the station. @param path below its address
 * @throws NotEnrolled
 */
export async function ask(
  station: string,
  path: string,
  body: object,
  signal?: AbortSignal,
): Promise<Enrolled> {
  const url = new URL(path, station.endsWith("/") ? station : `${station}/`);
  const signals = [AbortSignal.timeout(askMs), ...(signal ? [signal] : [])];
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.any(signals),
  }).catch((cause: Error) => {
    const why = cause.cause instanceof Error ? cause.cause.message : cause.message;
    throw new NotEnrolled(`${url} does not answer (${why}): check the address`, false, { cause });
  });
  if (response.headers.get("content-type")?.startsWith(problemMediaType)) {
    const { detail, title, status } = (await response.json()) as Problem;
    throw new NotEnrolled(detail ?? title, status < 500);
  }
  const answer = enrolledSchema.safeParse(await response.json().catch(() => undefined));
  if (answer.success) return answer.data;
  throw new NotEnrolled(`${url} answers ${response.status} and is no station of Kênh`, true);
}
