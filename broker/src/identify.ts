import type { PeerCertificate } from "node:tls";
import { isIdentity } from "@kenh/schemas";
import type { Access, Account } from "@kenh/schemas/node";
import { authorityOrganisation } from "./enrol/authority.ts";
import { fingerprintOf } from "./enrol/enrolment.ts";
import type { Principal, ProvenCertificate, Sender } from "./permit.ts";

/** What a CONNECT shows of who is there. */
export interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Only one that its authority has signed. */
  readonly certificate: PeerCertificate | undefined;
}

/** The user name that goes with a bearer token as password. */
const tokenUsername = "token";
const deviceUrn = "URI:urn:kenh:device:";

/**
 * Proves who is there: by account and password, by a bearer token, or by a client certificate
 * whose identity has an account. Undefined when nothing is proven; nobody is let in without.
 * A user name without a password is taken only when it is the certificate's own.
 * @param now milliseconds since 1970 UTC: a resumed TLS session checks no dates
 */
export async function identify(
  { username, password, certificate }: Credentials,
  access: Access,
  now: number,
): Promise<Principal | undefined> {
  if (password !== undefined) {
    if (!username) return undefined;
    if (username === tokenUsername) return reader(password, access);
    return sender(await access.authenticate(username, password));
  }
  const identity = certificate && certifiedIdentity(certificate);
  if (!identity || (username && username !== identity)) return undefined;
  if (faultOf(certificate, access, now)) return undefined;
  return sender(access.account(identity), provenBy(certificate));
}

/** Why a certificate that its authority has signed opens nothing here all the same. */
export type CertificateFault = "expired" | "revoked" | "unknown";

/**
 * What is wrong with a certificate; undefined when nothing is. One of the station's own authority
 * must stand in its book and not be revoked; another authority's is that one's affair.
 */
export function faultOf(
  certificate: PeerCertificate,
  access: Pick<Access, "certificates">,
  now: number,
): CertificateFault | undefined {
  if (Date.parse(certificate.valid_to) <= now) return "expired";
  const issued = access.certificates.find(fingerprintOf(certificate));
  if (issued) return issued.revokedAt === null ? undefined : "revoked";
  return certificate.issuer?.O === authorityOrganisation ? "unknown" : undefined;
}

function provenBy(certificate: PeerCertificate): ProvenCertificate {
  return {
    fingerprint: fingerprintOf(certificate),
    expiresAt: Date.parse(certificate.valid_to),
  };
}

/** Whether what was proven when `principal` connected would be proven again. */
export function isCurrent(principal: Principal, access: Access): boolean {
  if (principal.kind === "reader") return access.tokens().some(({ id }) => id === principal.grant);
  const { certificate } = principal;
  const issued = certificate && access.certificates.find(certificate.fingerprint);
  if (issued && issued.revokedAt !== null) return false;
  return access.account(principal.name)?.revision === principal.revision;
}

/**
 * The device that a certificate names: by the one alternative name `urn:kenh:device:<identity>`,
 * else by its common name. Two names are ambiguous and name none.
 */
export function certifiedIdentity(certificate: PeerCertificate): string | undefined {
  const named = (certificate.subjectaltname ?? "")
    .split(", ")
    .filter((name) => name.startsWith(deviceUrn))
    .map((name) => name.slice(deviceUrn.length));
  const [identity, second] = named.length > 0 ? named : [certificate.subject?.CN].flat();
  return identity && second === undefined && isIdentity(identity) ? identity : undefined;
}

function sender(account: Account | undefined, certificate?: ProvenCertificate): Sender | undefined {
  if (!account) return undefined;
  const { username, publishes, joins, bridges, revision } = account;
  return {
    kind: "sender",
    name: username,
    publishes: new Set(publishes),
    joins,
    bridges,
    revision,
    certificate,
  };
}

function reader(token: string, access: Access): Principal | undefined {
  const grant = access.grant(token);
  if (!grant) return undefined;
  const { id, role, scope, expiresAt } = grant;
  return { kind: "reader", name: `${tokenUsername}:${id}`, grant: id, role, scope, expiresAt };
}
