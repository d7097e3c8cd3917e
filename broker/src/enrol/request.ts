import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { UnfitRequest } from "@kenh/schemas";
import { loadX509 } from "./x509.ts";

/** A certificate signing request whose sender has shown to hold its key. */
export interface Request {
  /** SPKI, DER. */
  readonly publicKey: ArrayBuffer;
  /** SHA-256 over it, in hexadecimal. */
  readonly key: string;
}

/** An agent's has some hundred bytes, one of RSA 4096 two thousand. */
const mostCharacters = 16_384;
const least = { rsaBits: 2048 };
const curves = ["prime256v1", "secp384r1"];

/**
 * Reads a PKCS #10 request in PEM. Names and extensions in it are overlooked: the code says whose it is.
 * @throws UnfitRequest naming what is wrong and what is taken
 */
export async function readRequest(pem: string): Promise<Request> {
  if (pem.length > mostCharacters) {
    throw new UnfitRequest(`the request has ${pem.length} characters; ${mostCharacters} are taken`);
  }
  const x509 = await loadX509();
  let der: ArrayBuffer;
  let proven: boolean;
  try {
    const request = new x509.Pkcs10CertificateRequest(pem);
    der = request.publicKey.rawData;
    proven = await request.verify();
  } catch (cause) {
    throw new UnfitRequest("this is no certificate request in PEM (PKCS #10): openssl req -new", {
      cause,
    });
  }
  if (!proven) throw new UnfitRequest("the request is not signed with its own key");
  const fault = unfitKey(createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" }));
  if (fault) {
    throw new UnfitRequest(
      `${fault}; take EC P-256 or P-384, Ed25519, or RSA of 2048 bits or more`,
    );
  }
  return { publicKey: der, key: createHash("sha256").update(Buffer.from(der)).digest("hex") };
}

function unfitKey({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) {
  if (type === "ed25519") return undefined;
  if (type === "ec") {
    return curves.includes(details?.namedCurve ?? "")
      ? undefined
      : `its curve is ${details?.namedCurve}`;
  }
  if (type !== "rsa") return `its key is ${type}`;
  const bits = details?.modulusLength ?? 0;
  return bits >= least.rsaBits ? undefined : `its RSA key has ${bits} bits`;
}

/** @throws Error naming the file when there is no key in it */
export function privateKey(pem: Buffer, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Error(`${file} holds no private key in PEM: put a copy back`, { cause });
  }
}
