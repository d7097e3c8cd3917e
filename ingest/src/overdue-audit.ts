import type { Alarm } from "@kenh/schemas";
import type { Alarms } from "./alarms/alarms.ts";
import type { Audit } from "./audit.ts";

/** Writes a line of each dispatch that falls overdue: nobody's call, and yet what people answer for. */
export function auditOverdue(alarms: Pick<Alarms, "subscribe">, audit: Pick<Audit, "append">) {
  return alarms.subscribe(({ json, revision }) => {
    const { id, device, version, history } = JSON.parse(json) as Alarm;
    const line = history.at(-1);
    if (line?.event !== "dispatch-overdue") return;
    audit.append([
      {
        ...{ address: null, role: null, scope: null, token: "kenh", name: null },
        ...{ action: `overdue ${revision}`, call: line.event, alarm: id, device },
        ...{ version: version - 1, comment: line.comment, until: null },
        ...{ result: "done", detail: null },
      },
    ]);
  });
}
