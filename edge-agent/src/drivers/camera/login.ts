import { createHash, randomBytes } from "node:crypto";

/** Who asks. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The camera answers and does not let us in: a state of its own, not "offline". */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

const hashes = { MD5: "md5", "SHA-256": "sha256" } as const;

interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The challenges of a WWW-Authenticate header, one header line each, or several joined by commas. */
export function challengesOf(header: string): Challenge[] {
  return [
    ...header.matchAll(/(?:^|,)\s*(Digest|Basic)\b([\s\S]*?)(?=,\s*(?:Digest|Basic)\s|$)/gi),
  ].map(([, scheme, rest]) => ({
    scheme: (scheme as string).toLowerCase(),
    parameters: Object.fromEntries(
      [...(rest as string).matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(
        ([, name, quoted, bare]) => [(name as string).toLowerCase(), quoted ?? bare ?? ""],
      ),
    ),
  }));
}

/**
 * Answers a challenge: Digest by RFC 7616 (SHA-256 before MD5) where it is offered, else Basic.
 * @param uri as it stands in the request line
 * @param use how many times this challenge has been answered, this time included
 * @throws RefusedError when no offered scheme is known.
 */
export function authorize(
  header: string,
  credentials: Credentials,
  method: string,
  uri: string,
  use = 1,
  cnonce = randomBytes(8).toString("hex"),
): string {
  const challenges = challengesOf(header);
  const digests = challenges.flatMap(({ scheme, parameters }) => {
    const algorithm = (parameters.algorithm ?? "MD5").toUpperCase();
    const known = scheme === "digest" && (algorithm === "MD5" || algorithm === "SHA-256");
    return known ? [{ parameters, algorithm } as const] : [];
  });
  const best = digests.find(({ algorithm }) => algorithm === "SHA-256") ?? digests[0];
  if (best) return digest(best, credentials, method, uri, use, cnonce);
  if (challenges.some(({ scheme }) => scheme === "basic")) {
    const { username, password } = credentials;
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  }
  throw new RefusedError(
    `asks for a login by ${JSON.stringify(header)}, which is neither Digest (MD5, SHA-256) nor Basic: choose one of these in the camera`,
  );
}

function digest(
  {
    parameters,
    algorithm,
  }: { parameters: Challenge["parameters"]; algorithm: keyof typeof hashes },
  { username, password }: Credentials,
  method: string,
  uri: string,
  use: number,
  cnonce: string,
): string {
  const hash = (text: string) => createHash(hashes[algorithm]).update(text).digest("hex");
  const { realm = "", nonce = "", opaque, qop } = parameters;
  const secret = hash(`${username}:${realm}:${password}`);
  const asked = hash(`${method}:${uri}`);
  const count = use.toString(16).padStart(8, "0");
  const protects = qop?.split(",").some((each) => each.trim().toLowerCase() === "auth");
  const response = protects
    ? hash(`${secret}:${nonce}:${count}:${cnonce}:auth:${asked}`)
    : hash(`${secret}:${nonce}:${asked}`);
  const quoted = { username: username.replace(/["\\]/g, "\\$&"), realm, nonce, uri, response };
  return [
    `Digest ${Object.entries(quoted)
      .map(([name, value]) => `${name}="${value}"`)
      .join(", ")}`,
    ...(parameters.algorithm ? [`algorithm=${parameters.algorithm}`] : []),
    ...(protects ? [`qop=auth, nc=${count}, cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
  ].join(", ");
}
