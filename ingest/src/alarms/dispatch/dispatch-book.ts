import type { DatabaseSync } from "node:sqlite";
import type { Dispatch, DispatchState, Identity } from "@kenh/schemas";
import { isOpen, isWithAgency } from "./steps.ts";

/** The tables of dispatches, in the book of alarms: a step of one and its transition are written together. */
export const dispatchTables = `
  CREATE TABLE dispatch (
    id TEXT PRIMARY KEY, alarm TEXT NOT NULL, device TEXT NOT NULL, agency TEXT NOT NULL,
    state TEXT NOT NULL, open INTEGER NOT NULL, due INTEGER, changed_at INTEGER NOT NULL,
    step INTEGER NOT NULL, json TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX one_open_dispatch ON dispatch (alarm) WHERE open = 1;
  CREATE INDEX dispatch_by_step ON dispatch (step);
  CREATE INDEX dispatch_by_alarm ON dispatch (alarm, step);
  CREATE INDEX dispatch_by_due ON dispatch (due) WHERE due IS NOT NULL;
  CREATE TABLE dispatch_line (
    step INTEGER PRIMARY KEY, dispatch TEXT NOT NULL, version INTEGER NOT NULL, line TEXT NOT NULL,
    UNIQUE (dispatch, version)
  ) STRICT;
  CREATE TRIGGER dispatch_line_stays BEFORE UPDATE ON dispatch_line
    BEGIN SELECT RAISE(ABORT, 'the history of a dispatch is append-only'); END;
  CREATE TRIGGER dispatch_line_remains BEFORE DELETE ON dispatch_line
    BEGIN SELECT RAISE(ABORT, 'the history of a dispatch is append-only'); END;`;

/** Which dispatches to list; what is absent lets all through. */
export interface DispatchFilter {
  readonly states?: readonly (DispatchState | "overdue")[] | undefined;
  readonly agency?: string | undefined;
  /** `province/unit` of the device, or the unit's code alone. */
  readonly unit?: string | undefined;
  readonly alarm?: string | undefined;
  /** Changed from this instant on, milliseconds since 1970 UTC. */
  readonly since?: number | undefined;
  readonly visible: (dispatch: { readonly device: Identity; readonly agency: string }) => boolean;
}

/** Dispatches that are over in one list, the last changed ones; the open ones are always complete. */
const endedListed = 500;

/** Dispatches as they are written. Nothing here decides anything. */
export class DispatchBook {
  readonly #db: DatabaseSync;
  readonly #sql;
  #step: number;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sql = {
      put: db.prepare(
        `INSERT INTO dispatch VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (id) DO UPDATE SET state = ?5, open = ?6, due = ?7, changed_at = ?8,
           step = ?9, json = ?10`,
      ),
      addLine: db.prepare("INSERT INTO dispatch_line VALUES (?, ?, ?, ?)"),
      lines: db.prepare("SELECT line FROM dispatch_line WHERE dispatch = ? ORDER BY step"),
      get: db.prepare("SELECT json FROM dispatch WHERE id = ?"),
      open: db.prepare("SELECT json FROM dispatch WHERE alarm = ? AND open = 1"),
      nextDue: db.prepare("SELECT min(due) AS due FROM dispatch WHERE due IS NOT NULL"),
      due: db.prepare("SELECT json FROM dispatch WHERE due <= ? ORDER BY due, id"),
    };
    this.#step = Number(db.prepare("SELECT max(step) AS step FROM dispatch_line").get()?.step ?? 0);
  }

  /** Writes a dispatch with the last line of its history; inside the transaction of its transition. */
  put(dispatch: Dispatch): void {
    const { id, alarm, device, agency, state, deadline, overdue, version, history } = dispatch;
    const last = history.at(-1);
    if (!last) return;
    const due = isWithAgency(dispatch) && !overdue ? deadline : null;
    this.#step += 1;
    const json = JSON.stringify({ ...dispatch, history: [] });
    const open = isOpen(dispatch) ? 1 : 0;
    this.#sql.put.run(id, alarm, device, agency, state, open, due, last.at, this.#step, json);
    this.#sql.addLine.run(this.#step, id, version, JSON.stringify(last));
  }

  /** With all of its history. */
  get(id: string): Dispatch | undefined {
    return this.#whole(this.#sql.get.get(id));
  }

  /** The one of an alarm that is not over. */
  open(alarm: string): Dispatch | undefined {
    return this.#whole(this.#sql.open.get(alarm));
  }

  /** When the next one falls overdue; never, when none can. */
  nextDue(): number {
    return Number(this.#sql.nextDue.get()?.due ?? Number.POSITIVE_INFINITY);
  }

  /** Those whose deadline is over and of which it was not told. */
  due(now: number): Dispatch[] {
    return this.#sql.due.all(now).flatMap((row) => this.#whole(row) ?? []);
  }

  /** The open ones, then the last that are over; the last changed first. */
  list(filter: DispatchFilter): Dispatch[] {
    const { states, agency, unit, alarm, since = 0, visible } = filter;
    const found: Dispatch[] = [];
    const read = (open: 0 | 1, most: number): void => {
      const rows = this.#db
        .prepare(
          `SELECT device, agency, state, json FROM dispatch
           WHERE open = ?1 AND changed_at >= ?2 AND (?3 IS NULL OR alarm = ?3)
             AND (?4 IS NULL OR agency = ?4) ORDER BY step DESC`,
        )
        .iterate(open, since, alarm ?? null, agency ?? null);
      let count = 0;
      for (const row of rows) {
        if (count >= most) break;
        const place = { device: String(row.device), agency: String(row.agency) };
        if (!visible(place) || (unit !== undefined && !isOfUnit(place.device, unit))) continue;
        const dispatch = this.#whole(row);
        if (!dispatch || (states && !isAny(dispatch, states))) continue;
        found.push(dispatch);
        count += 1;
      }
    };
    read(1, Number.POSITIVE_INFINITY);
    read(0, endedListed);
    return found;
  }

  #whole(row: Record<string, unknown> | undefined): Dispatch | undefined {
    if (!row) return undefined;
    const dispatch = JSON.parse(String(row.json)) as Dispatch;
    const history = this.#sql.lines.all(dispatch.id).map((one) => JSON.parse(String(one.line)));
    return { ...dispatch, history };
  }
}

function isAny(
  { state, overdue }: Dispatch,
  states: NonNullable<DispatchFilter["states"]>,
): boolean {
  return states.includes(state) || (overdue && states.includes("overdue"));
}

function isOfUnit(device: Identity, wanted: string): boolean {
  const [province = "", unit = ""] = device.split("/");
  return wanted === unit || wanted === `${province}/${unit}`;
}
