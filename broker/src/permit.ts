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
  /** Differs when the account got a new password. */
  readonly revision: string;
}

/** The holder of a bearer token: it subscribes inside its scope. */
interface Reader {
  readonly kind: "reader";
  readonly name: string;
  readonly grant: string;
  readonly role: Role;
  readonly scope: Scope;
}

/** Whoever is at the other end of a connection, proven. */
export type Principal = Sender | Reader;

/** `kenh/v1/` + identity + channel, and a `#` behind it. */
const mostLevels = 8;

/**
 * Whether `principal` may publish to `topic`, its last will included.
 * A sender: telemetry and status of its own devices. A reader: nothing, except that an
 * administrator's token may publish alarms in its scope, which is what an ingest behind this broker needs.
 */
export function mayPublish(principal: Principal, topic: string): boolean {
  const target = parseTopic(topic);
  if (!target) return false;
  if (principal.kind === "sender") {
    return target.channel !== "alarm" && principal.publishes.has(target.identity);
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
