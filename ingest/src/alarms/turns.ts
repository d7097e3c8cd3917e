import type { DatabaseSync } from "node:sqlite";
import type { AlarmTransition, Identity } from "@kenh/schemas";

/** The condition of a rule began, ended or changed its level. */
export interface Turn {
  readonly alarm: string;
  readonly at: number;
  /** Index of the level that holds from here on; null when none does. */
  readonly level: number | null;
}

const all = `
  SELECT alarm, line, json_extract(json, '$.level') AS level FROM transition
  WHERE device = ? AND rule = ?
    AND json_extract(line, '$.event') IN ('raise', 'escalate', 'de-escalate', 'clear')`;

/** When the conditions of rules turned, as the book has it. */
export class Turns {
  readonly #sql;

  constructor(db: DatabaseSync) {
    this.#sql = {
      before: db.prepare(`${all} AND point_ts <= ? ORDER BY point_ts DESC LIMIT 1`),
      after: db.prepare(`${all} AND point_ts > ? ORDER BY point_ts LIMIT 1`),
    };
  }

  /** The last turn of a rule's condition on a device up to an instant. */
  before(device: Identity, rule: string, ts: number): Turn | undefined {
    return turnOf(this.#sql.before.get(device, rule, ts));
  }

  /** The first turn after an instant. */
  after(device: Identity, rule: string, ts: number): Turn | undefined {
    return turnOf(this.#sql.after.get(device, rule, ts));
  }
}

function turnOf(row: Record<string, unknown> | undefined): Turn | undefined {
  if (!row) return undefined;
  const { at, event } = JSON.parse(String(row.line)) as AlarmTransition;
  // Books from before there were levels know one.
  const level = event === "clear" ? null : Number(row.level ?? 0);
  return { alarm: String(row.alarm), at, level };
}
