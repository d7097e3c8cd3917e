import type { Alarm, AlarmEvent } from "@kenh/schemas";
import type { Alarms } from "./alarms/alarms.ts";
import type { Audit, AuditEntry } from "./audit.ts";

/** What people do with alarms, and that an agency has not answered in time; everything else happens to them. */
const calls: ReadonlySet<AlarmEvent> = new Set([
  "acknowledge",
  "shelve",
  "unshelve",
  "out-of-service",
  "return-to-service",
  "comment",
  "dispatch",
  "dispatch-accept",
  "dispatch-handle",
  "dispatch-return",
  "dispatch-withdraw",
  "dispatch-comment",
  "dispatch-overdue",
]);

/** One action of an operator carries out this many calls at most before its lines are written. */
const looked = 1000;

/**
 * Writes the lines of calls that were carried out and not logged, because the station ended in
 * between: the history of their alarms has who, when and why. For the start, before any call. A log
 * that is empty is of a station that had none: nothing is made up for the time before.
 * @returns how many there were
 */
export function closeGap(alarms: Pick<Alarms, "revision" | "after">, audit: Audit): number {
  const missing: AuditEntry[] = [];
  for (const change of alarms.after(Math.max(0, alarms.revision - looked), looked)) {
    const alarm = JSON.parse(change.json) as Alarm;
    const { id, device, version } = alarm;
    // What was called for at another station stands in the log there.
    if (alarm.ward !== undefined) continue;
    const line = alarm.history.at(-1);
    if (!line || !calls.has(line.event)) continue;
    if (line.actor === null && line.event !== "dispatch-overdue") continue;
    if (audit.hasDone(id, line.event, version - 1) !== false) continue;
    missing.push({
      ...{ address: null, role: null, scope: null },
      ...{ ...whoActed(line.actor), action: `restart ${change.revision}`, call: line.event },
      ...{ alarm: id, device, version: version - 1, comment: line.comment },
      until: line.event === "shelve" || line.event === "out-of-service" ? alarm.shelvedUntil : null,
      result: "done",
      detail: `carried out at ${new Date(line.at).toISOString()}; the station ended before this line`,
    });
  }
  audit.append(missing);
  return missing.length;
}

/** The token and the name that a line of a history tells; the station's own where nobody acted. */
function whoActed(actor: string | null): Pick<AuditEntry, "token" | "name"> {
  if (actor === null) return { token: "kenh", name: null };
  const [, name = null, token = actor] = /^(.*) \(([^()]*)\)$/.exec(actor) ?? [];
  return { token, name };
}
