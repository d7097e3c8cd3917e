import {
  type Identity,
  parseTopic,
  type Role,
  roleIncludes,
  type Scope,
  scopeCovers,
} from "@kenh/schemas";

/** A device, or an agent that speaks for several: it publishes below its own. */
export interface Sender {
  readonly kind: "sender";
  readonly name: string;
  readonly publishes: ReadonlySet<Identity>;
  /** Sites of which it may bring devices that nobody has registered. */
  readonly joins: readonly string[];
  /** Units (`province/unit`) for whose own station it speaks. */
  readonly bridges: readonly string[];
  /** What has proven it, where that was a certificate. */
  readonly certificate: ProvenCertificate | undefined;
  /** Differs when the account got a new password. */
  readonly revision: string;
}

/** A client certificate that has proven an identity. */
export interface ProvenCertificate {
  /** SHA-256 over its DER, in lower-case hexadecimal. */
  readonly fingerprint: string;
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number;
}

/** The holder of a bearer token: it subscribes inside its scope. */
interface Reader {
  readonly kind: "reader";
  readonly name: string;
  readonly grant: string;
  readonly role: Role;
  readonly scope: Scope;
  /** Milliseconds since 1970 UTC; null for no end. */
  readonly expiresAt: number | null;
}

/** Whoever is at the other end of a connection, proven. */
export type Principal = Sender | Reader;

/** `kenh/v1/` + identity + channel, and a `#` behind it. */
const mostLevels = 8;

/**
 * Whether `principal` may publish to `topic`, its last will included.
 * A sender: telemetry and status of its own devices, of those below its sites that `mayBring`
 * leaves to it, and of all below a unit for whose station it speaks, with that station's reports. A reader: nothing, except that an
 * administrator's token may publish alarms in its scope, which is what an ingest behind this broker needs.
 */
export function mayPublish(
  principal: Principal,
  topic: string,
  mayBring: (account: string, identity: Identity) => boolean,
): boolean {
  const target = parseTopic(topic);
  if (!target) return false;
  if (principal.kind === "sender") {
    const { identity, channel } = target;
    if (channel === "alarm") return false;
    if (principal.bridges.some((unit) => identity.startsWith(`${unit}/`))) return true;
    if (channel === "bridge") return false;
    if (principal.publishes.has(identity)) return true;
    const isBelow = (site: string): boolean => identity.startsWith(`${site}/`);
    return principal.joins.some(isBelow) && mayBring(principal.name, identity);
  }
  return (
    target.channel === "alarm" &&
    roleIncludes(principal.role, "admin") &&
    scopeCovers(principal.scope, target.identity)
  );
}

/**
 * Whether every topic that `filter` matches may be read by `principal`.
 * A sender reads below its own devices (a siren its alarm, an agent the status that it left);
 * a reader below its scope. No filter that begins with `$`: `$share` is granted by aedes and never
 * matches (moscajs/aedes#228), and `$SYS` tells what exists.
 */
export function maySubscribe(principal: Principal, filter: string): boolean {
  const levels = filter.split("/");
  if (levels[0] !== "kenh" || levels[1] !== "v1" || levels.length > mostLevels) return false;
  if (principal.kind === "sender") {
    return levels.length > 6 && principal.publishes.has(levels.slice(2, 6).join("/"));
  }
  if (principal.scope === "*") return levels.length > 2;
  const within = principal.scope.split("/");
  return levels.length > 2 + within.length && within.every((part, i) => levels[2 + i] === part);
}
