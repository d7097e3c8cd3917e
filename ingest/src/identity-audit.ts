import type { Clock } from "@kenh/schemas";
import type { Access, WaitingEvent } from "@kenh/schemas/node";
import type { Audit, AuditEntry } from "./audit.ts";

/** Events whose lines are written in one go. */
const page = 100;
/** A clone that is not seen again for so long is taken for gone: it is told of every ten minutes. */
const cloneMs = 20 * 60_000;
/** A line is written within a second or two of what it tells, unless the station was away. */
const lateMs = 10_000;

/** How the line of an event is found again. */
const actionOf = (event: number): string => `identity event ${event}`;

export interface IdentityAudit {
  /** Brings what has happened to credentials into the log. Returns how many lines were written. */
  look(): number;
  /** Certificates that were used by two at once, lately. */
  clones(): number;
}

/**
 * Brings what happened to credentials, in this process or by a command, into the station's audit log.
 * What is there already is not brought again, so that nothing is missing or twice after a crash.
 */
export function createIdentityAudit(
  events: Access["events"],
  audit: Pick<Audit, "append" | "lastAction">,
  now: Clock,
): IdentityAudit {
  const last = audit.lastAction("identity event *");
  let brought = Number(last?.split(" ").at(-1) ?? 0);
  /** When each device's certificate was last told to be used by two. */
  const cloned = new Map<string, number>();

  return {
    look() {
      let written = 0;
      for (;;) {
        const found = events.waiting(page);
        const fresh = found.filter(({ id }) => id > brought);
        const lines = fresh.map((event) => lineOf(event, now()));
        const missed = (fresh[0]?.id ?? brought + 1) - brought - 1;
        if (missed > 0 && brought > 0) lines.unshift(gapOf(missed, brought));
        audit.append(lines);
        for (const { call, device, at } of fresh)
          if (call === "certificate-cloned") cloned.set(device, at);
        const end = found.at(-1)?.id;
        if (end !== undefined) {
          brought = Math.max(brought, end);
          events.forget(end);
        }
        written += lines.length;
        if (found.length < page) return written;
      }
    },
    clones() {
      for (const [device, at] of cloned) if (now() - at > cloneMs) cloned.delete(device);
      return cloned.size;
    },
  };
}

function lineOf(
  { id, at, call, device, result, detail, name, address }: WaitingEvent,
  now: number,
): AuditEntry {
  const when = now - at > lateMs ? `at ${new Date(at).toISOString()}: ` : "";
  return {
    ...{ address, name, call, device, result },
    token: name === null ? "station" : "command-line",
    ...{ role: null, scope: null, alarm: "", version: null, comment: null, until: null },
    action: actionOf(id),
    detail: detail === null ? when.slice(0, -2) || null : `${when}${detail}`,
  };
}

/** Without a station events pile up, and the oldest make room: the log says how many are not in it. */
function gapOf(missed: number, after: number): AuditEntry {
  return {
    ...{ address: null, name: null, call: "identity-events-lost", device: null },
    ...{ role: null, scope: null, alarm: "", version: null, comment: null, until: null },
    token: "station",
    action: actionOf(after + missed),
    result: "lost",
    detail: `${missed} events were not brought here in time`,
  };
}
