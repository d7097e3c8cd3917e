import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** An agent's key with its certificate: one file, so that the two can't be of different ages. */
export interface HeldIdentity {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
  /** The certificate alone, PEM. */
  readonly pem: string;
}

const blocks = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/;

/** @throws Error naming the file that holds no pair of a key and its certificate */
export async function readIdentity(file: string): Promise<HeldIdentity> {
  const text = await readFile(file, "utf8");
  try {
    const pem = `${blocks.exec(text)?.[0] ?? ""}\n`;
    const certificate = new X509Certificate(pem);
    const key = createPrivateKey(text);
    if (certificate.checkPrivateKey(key)) return { key, certificate, pem };
  } catch (cause) {
    throw new Error(`${file} holds no key with its certificate in PEM: enrol anew`, { cause });
  }
  throw new Error(`${file}: the key is not that of the certificate: enrol anew`);
}

/**
 * The key for a certificate that is being asked for. It is on disk before anybody hears of it, and the same
 * as long as it has brought none: an answer that was lost on the way is given again.
 */
export async function pendingKey(file: string): Promise<KeyObject> {
  const waiting = pendingFile(file);
  try {
    return createPrivateKey(await readFile(waiting));
  } catch {
    // None yet, or one that was cut short before anybody heard of it.
  }
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await mkdir(dirname(file), { recursive: true });
  await writeWhole(waiting, pemOf(privateKey), 0o600);
  return privateKey;
}

/** Puts a key and its certificate in the place of what was there: whole or not at all. */
export async function keepIdentity(
  file: string,
  key: KeyObject,
  certificate: string,
): Promise<void> {
  await writeWhole(file, `${pemOf(key)}${certificate}`, 0o600);
  await rm(pendingFile(file), { force: true });
}

const pendingFile = (file: string): string => `${file}.next-key`;
const pemOf = (key: KeyObject): string => String(key.export({ type: "pkcs8", format: "pem" }));

/** Whole or not at all, and on disk when this resolves. */
export async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, "w", mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(fresh, mode);
  await rename(fresh, file);
}
