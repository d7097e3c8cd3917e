import { X509Certificate } from "node:crypto";

/** What a person compares with the display or the web page of the device. */
export interface Thumbprints {
  readonly sha1: string;
  readonly sha256: string;
}

/** Thumbprints of a certificate, as hexadecimal digits; `der` may carry its chain behind it. */
export function thumbprintsOf(der: Buffer): Thumbprints {
  const { fingerprint, fingerprint256 } = new X509Certificate(der);
  const plain = (text: string) => text.replaceAll(":", "").toLowerCase();
  return { sha1: plain(fingerprint), sha256: plain(fingerprint256) };
}

/**
 * Holds the certificate that a server shows against what the engineer trusts.
 * @param trusted a thumbprint, or the certificate itself in PEM or DER
 * @throws Error naming the certificate that was shown, and how to trust it.
 */
export function checkTrust(
  url: string,
  shown: Buffer | undefined,
  trusted: string | Buffer | undefined,
): void {
  if (!shown || shown.length === 0) {
    throw new Error(`${url} shows no certificate: it can't be known which server it is`);
  }
  const certificate = new X509Certificate(shown);
  const { sha1, sha256 } = thumbprintsOf(shown);
  const wanted = typeof trusted === "string" ? trusted : trusted && thumbprintsOf(trusted).sha256;
  if (wanted === sha1 || wanted === sha256) return;
  const subject = certificate.subject.replaceAll("\n", ", ");
  const fault =
    wanted === undefined
      ? "is not trusted yet"
      : `is not the trusted one (${wanted}): the device was changed, or another answers in its place`;
  throw new Error(
    `${url}: the server's certificate (${subject}, valid to ${certificate.validTo}) ${fault}. Compare its thumbprint with what the device itself shows, SHA-1 ${sha1}, SHA-256 ${sha256}; if they are the same, write serverThumbprint: ${sha256}`,
  );
}
