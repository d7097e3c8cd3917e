import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Clock, Identity } from "@kenh/schemas";
import { privateKey, type Request } from "./request.ts";
import { writeWhole } from "./write-whole.ts";
import { loadX509 } from "./x509.ts";

/** Marks what this authority signs: such a certificate must stand in the station's own book. */
export const authorityOrganisation = "Kenh station";

const day = 24 * 3_600_000;
/** Longer than any station stands; who distrusts it makes a new one and enrols anew. */
const authorityLifeMs = 20 * 365 * day;
/** Known to our own agents alone, which trust this authority and no other. */
const serverLifeMs = 10 * 365 * day;
/** Clocks in the field are behind by minutes; of a short life no more than its share. */
const backdatedMs = (lifeMs: number): number => Math.min(3_600_000, lifeMs / 10);

/** A certificate that was just signed. */
export interface Signed {
  readonly pem: string;
  readonly fingerprint: string;
  readonly serial: string;
  readonly expiresAt: number;
}

/** The station's own certificate authority: a key and a certificate in a folder. */
export interface Authority {
  /** Its certificate, PEM. */
  readonly pem: string;
  readonly caFile: string;
  /** What the broker shows of itself. */
  readonly server: { readonly certFile: string; readonly keyFile: string };
  /**
   * Signs a client certificate that names `identity`. Of the request nothing but its key is taken.
   * @param lifeMs until it expires
   */
  sign(identity: Identity, request: Request, lifeMs: number): Promise<Signed>;
}

/**
 * Opens the authority of `folder`, or makes one: `ca.pem`, `ca.key`, and a certificate for the broker
 * itself, made anew when it ends soon or lacks one of `hosts`. Keys are for their owner alone.
 * @param hosts names and addresses by which devices reach the broker
 * @throws Error naming the file that can't be used
 */
export async function openAuthority(
  folder: string,
  hosts: readonly string[],
  now: Clock = Date.now,
): Promise<Authority> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(folder, name);
  if (!existsSync(file("ca.pem"))) await makeAuthority(file("ca.key"), file("ca.pem"), now());
  const pem = readFileSync(file("ca.pem"), "utf8");
  const ca = certificateIn(pem, file("ca.pem"));
  const key = privateKey(readFileSync(file("ca.key")), file("ca.key"));
  if (!ca.checkPrivateKey(key)) {
    throw new Error(
      `${file("ca.key")} is not the key of ${file("ca.pem")}: put the pair back that belongs together, or move both away and enrol every device anew`,
    );
  }
  const server = { certFile: file("server.pem"), keyFile: file("server.key") };
  if (!isServing(server, ca, hosts, now())) await makeServer(server, pem, key, hosts, now());
  return {
    pem,
    caFile: file("ca.pem"),
    server,
    async sign(identity, request, lifeMs) {
      const x509 = await loadX509();
      const [notBefore, notAfter] = span(now(), lifeMs);
      const { subject, serialNumber } = {
        subject: identity.split("/").at(-1),
        serialNumber: draw(),
      };
      const issuer = new x509.X509Certificate(pem);
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber,
        subject: [{ CN: [subject ?? identity] }],
        issuer: issuer.subjectName,
        notBefore,
        notAfter,
        publicKey: request.publicKey,
        signingKey: await signingKey(key),
        signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension([
            { type: "url", value: `urn:kenh:device:${identity}` },
          ]),
          await x509.SubjectKeyIdentifierExtension.create(request.publicKey),
          await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
        ],
      });
      return {
        pem: `${certificate.toString("pem")}\n`,
        fingerprint: createHash("sha256").update(Buffer.from(certificate.rawData)).digest("hex"),
        serial: serialNumber,
        expiresAt: notAfter.getTime(),
      };
    },
  };
}

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;
type Key = ReturnType<typeof privateKey>;
const signingKey = (key: Key) => key.toCryptoKey(curve, false, ["sign"]);

/** X.509 knows whole seconds. */
function span(now: number, lifeMs: number): [Date, Date] {
  return [new Date(now - backdatedMs(lifeMs)), new Date(Math.ceil((now + lifeMs) / 1000) * 1000)];
}

/** 127 random bits, positive (RFC 5280, 4.1.2.2). */
function draw(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

function freshKey() {
  const { privateKey: key, publicKey } = generateKeyPairSync("ec", {
    namedCurve: curve.namedCurve,
  });
  return {
    key,
    pem: String(key.export({ type: "pkcs8", format: "pem" })),
    public: publicKey.toCryptoKey(curve, true, ["verify"]),
  };
}

async function makeAuthority(keyFile: string, certFile: string, now: number): Promise<void> {
  const x509 = await loadX509();
  const { key, pem, public: publicKey } = freshKey();
  const [notBefore, notAfter] = span(now, authorityLifeMs);
  // No two stations alike: an agent that knows several tells their authorities apart.
  const name = [{ O: [authorityOrganisation] }, { CN: [`Kenh ${randomBytes(4).toString("hex")}`] }];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: draw(),
    subject: name,
    issuer: name,
    notBefore,
    notAfter,
    publicKey,
    signingKey: await signingKey(key),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  writeWhole(keyFile, pem, 0o600);
  writeWhole(certFile, `${certificate.toString("pem")}\n`, 0o644);
}

function isServing(
  { certFile, keyFile }: Authority["server"],
  ca: X509Certificate,
  hosts: readonly string[],
  now: number,
): boolean {
  if (!existsSync(certFile) || !existsSync(keyFile)) return false;
  const certificate = certificateIn(readFileSync(certFile, "utf8"), certFile);
  const left = certificate.validToDate.getTime() - now;
  return (
    left > serverLifeMs / 3 &&
    certificate.checkIssued(ca) &&
    certificate.verify(ca.publicKey) &&
    hosts.every((host) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)))
  );
}

async function makeServer(
  { certFile, keyFile }: Authority["server"],
  authority: string,
  key: Key,
  hosts: readonly string[],
  now: number,
): Promise<void> {
  const x509 = await loadX509();
  const own = freshKey();
  const issuer = new x509.X509Certificate(authority);
  const [notBefore, notAfter] = span(now, serverLifeMs);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: draw(),
    subject: [{ CN: ["Kenh broker"] }],
    issuer: issuer.subjectName,
    notBefore,
    notAfter,
    publicKey: own.public,
    signingKey: await signingKey(key),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) ? "ip" : "dns", value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(own.public),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  writeWhole(keyFile, own.pem, 0o600);
  writeWhole(certFile, `${certificate.toString("pem")}\n`, 0o644);
}

function certificateIn(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`${file} holds no certificate in PEM: put a copy back`, { cause });
  }
}
