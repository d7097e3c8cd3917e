import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import * as z from "zod";
import { ApiError } from "./problem.ts";

/** The header in which Grafana's proxy sends who is signed in, as a token that Grafana has signed. */
export const identityHeader = "x-grafana-id";

/** What we read of Grafana's identity token. */
const claimsSchema = z.looseObject({
  sub: z.string().min(1),
  type: z.string().optional(),
  username: z.string().min(1).optional(),
  email: z.string().min(1).optional(),
});

/** Where a Grafana shows the public keys of its identity tokens. */
const keysPath = "api/signing-keys/keys";
/** A Grafana that does not answer keeps no operator waiting. */
const timeoutMs = 5000;

/** The keys of each Grafana, fetched when first needed and again when one is unknown. */
const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

/**
 * The user of a Grafana behind a request, by the signature of that Grafana (ES256, with the keys that
 * it shows): a bearer proves that a call came through Grafana, this proves for whom.
 * @param grafana its address, as the token was made for
 * @param identity the value of the header
 * @throws ApiError `forbidden` when nobody is named or the name is forged or expired, `unavailable`
 * when the keys can't be read
 */
export async function grafanaUser(grafana: string, identity: string | undefined): Promise<string> {
  if (identity === undefined) {
    throw new ApiError(
      "forbidden",
      `this token is Grafana's: a call that changes something needs the ${identityHeader} of who is signed in`,
    );
  }
  const base = grafana.endsWith("/") ? grafana : `${grafana}/`;
  let keys = keySets.get(base);
  if (!keys) {
    keys = createRemoteJWKSet(new URL(keysPath, base), { timeoutDuration: timeoutMs });
    keySets.set(base, keys);
  }
  try {
    const { payload } = await jwtVerify(identity, keys, {
      algorithms: ["ES256"],
      requiredClaims: ["exp", "sub"],
    });
    const { sub, type, username, email } = claimsSchema.parse(payload);
    if (type === "anonymous" || sub.startsWith("anonymous:")) {
      throw new ApiError(
        "forbidden",
        "nobody is signed in at Grafana: sign in, then repeat the call",
      );
    }
    return username ?? email ?? sub;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const forged =
      error instanceof z.ZodError ||
      (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout));
    if (forged) {
      throw new ApiError(
        "forbidden",
        `the ${identityHeader} is not one that ${grafana} has signed for now: sign in there again`,
        { cause: error },
      );
    }
    throw new ApiError(
      "unavailable",
      `the keys of ${grafana} can't be read, so nobody can be named: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
