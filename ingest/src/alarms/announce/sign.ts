import { createHmac } from "node:crypto";

/**
 * The headers of a post as Standard Webhooks has them: `webhook-id`, the same for each attempt, is
 * what a receiver recognises a repetition by; the signature is HMAC-SHA256 over
 * `<id>.<timestamp>.<body>` in base64, one for each secret.
 * @param secrets one a line; `whsec_` in front says that base64 follows, else the line itself is the key.
 * While a secret is exchanged, the old and the new one stand there.
 * @param nowMs when this attempt is made, for a receiver that passes over what is old
 */
export function signedHeaders(
  secrets: string,
  id: string,
  nowMs: number,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signatures = secrets
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((secret) => {
      const hmac = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.${body}`);
      return `v1,${hmac.digest("base64")}`;
    });
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
    "idempotency-key": id,
  };
}

function keyOf(secret: string): Buffer {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
}
