import type { DatabaseSync } from "node:sqlite";
import type {
  Alarm,
  AlarmState,
  AlarmTransition,
  Identity,
  IdentityParts,
  Priority,
} from "@kenh/schemas";
import { parseIdentity } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import { migrations } from "./book-tables.ts";
import { DispatchBook } from "./dispatch/dispatch-book.ts";
import { type Cut, Judged } from "./judged.ts";
import type { KpiLine } from "./kpi.ts";
import { type LateNote, LateNotes } from "./late-notes.ts";
import type { SubjectRow } from "./subjects.ts";
import { Turns } from "./turns.ts";

/** One transition of one alarm, with the alarm as it was then. */
export interface Change {
  /** Grows by one with each transition of any alarm; never used twice. */
  readonly revision: number;
  readonly device: Identity;
  /** The alarm in JSON, with its recent history: the last line of it is the transition. */
  readonly json: string;
  /** `at` of the transition, moved on by as many milliseconds as make it unique for device and rule. */
  readonly pointTs: number;
}

/** An answer that is given again when the same call comes again with the same Idempotency-Key. */
export interface AnsweredCall {
  readonly key: string;
  /** What was asked, to tell a repetition from another call that uses the key twice. */
  readonly request: string;
  readonly json: string;
  readonly at: number;
}

/** Which alarms to list; what is absent lets all through. */
export interface AlarmFilter {
  readonly states?: readonly AlarmState[] | undefined;
  readonly priorities?: readonly Priority[] | undefined;
  /** `province/unit`, or the unit's code alone. */
  readonly unit?: string | undefined;
  /** Explained by the alarm of this id, now or once. */
  readonly cause?: string | undefined;
  /** Changed after this revision. */
  readonly since?: number | undefined;
  readonly visible: (device: Identity) => boolean;
}

/** Ended alarms that a list gives, the last changed ones; those that are not over are always complete. */
const endedListed = 500;
/** How long a call is remembered by its Idempotency-Key: longer than any client retries. */
const answersKeptMs = 24 * 3_600_000;

/**
 * The book of alarms, in one file: the alarms, every transition that there ever was, how far each
 * rule has been judged, and how far each way out has announced. Nothing here decides anything.
 */
export class Book {
  readonly judged: Judged;
  readonly late: LateNotes;
  readonly turns: Turns;
  readonly dispatches: DispatchBook;
  readonly #db: DatabaseSync;
  readonly #sql;
  #revision: number;

  /** @param onDamage told where a damaged file is kept; what could be read of it is in the new one */
  constructor(file: string, onDamage: (keptAt: string) => void) {
    const db = openDatabase(file, { migrations, onDamage: ({ keptAt }) => onDamage(keptAt) });
    this.#db = db;
    this.judged = new Judged(db);
    this.late = new LateNotes(db);
    this.turns = new Turns(db);
    this.dispatches = new DispatchBook(db);
    this.#sql = {
      putAlarm: db.prepare(
        `INSERT INTO alarm VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
         ON CONFLICT (id) DO UPDATE SET state = ?4, priority = ?5, revision = ?6`,
      ),
      addTransition: db.prepare("INSERT INTO transition VALUES (?, ?, ?, ?, ?, ?, ?)"),
      pointTaken: db.prepare(
        "SELECT 1 FROM transition WHERE device = ? AND rule = ? AND point_ts = ?",
      ),
      putExplained: db.prepare("INSERT OR IGNORE INTO explained VALUES (?, ?)"),
      explained: db.prepare("SELECT 1 FROM explained WHERE cause = ? AND alarm = ?"),
      between: db.prepare(
        `SELECT alarm, device, rule, line FROM transition
         WHERE alarm IN (SELECT alarm FROM transition WHERE point_ts >= ?1 AND point_ts < ?2
                         UNION SELECT id FROM alarm WHERE state <> 'normal')
         AND point_ts < ?2 ORDER BY revision`,
      ),
      after: db.prepare(
        `SELECT revision, device, json, point_ts AS pointTs FROM transition
         WHERE revision > ? ORDER BY revision LIMIT ?`,
      ),
      current: db.prepare(
        "SELECT t.json FROM alarm a JOIN transition t USING (revision) WHERE a.id = ?",
      ),
      lines: db.prepare("SELECT line FROM transition WHERE alarm = ? ORDER BY revision"),
      open: db.prepare(
        `SELECT t.json FROM alarm a JOIN transition t USING (revision)
         WHERE a.device = ? AND a.rule = ? AND a.state <> 'normal'`,
      ),
      newest: db.prepare(
        "SELECT id FROM alarm WHERE device = ? AND rule = ? ORDER BY first DESC LIMIT 1",
      ),
      putAnnounced: db.prepare("INSERT OR REPLACE INTO announced VALUES (?, ?)"),
      announced: db.prepare("SELECT revision FROM announced WHERE way = ?"),
      answered: db.prepare("SELECT key, request, json, at FROM answered WHERE key = ?"),
      putAnswered: db.prepare("INSERT INTO answered VALUES (?, ?, ?, ?)"),
      forgetAnswered: db.prepare("DELETE FROM answered WHERE at < ?"),
    };
    // From all that names one: after damage to the file no revision may be given twice.
    const greatest = db
      .prepare(
        `SELECT max(n) AS n FROM (SELECT max(revision) AS n FROM transition
         UNION ALL SELECT max(revision) FROM alarm UNION ALL SELECT max(revision) FROM announced)`,
      )
      .get();
    this.#revision = Number(greatest?.n ?? 0);
  }

  /** The revision of the last transition; 0 when there was none. */
  get revision(): number {
    return this.#revision;
  }

  /** The alarms that are not over. */
  live(): Alarm[] {
    return this.#db
      .prepare(
        "SELECT t.json FROM alarm a JOIN transition t USING (revision) WHERE a.state <> 'normal'",
      )
      .all()
      .map((row) => JSON.parse(String(row.json)) as Alarm);
  }

  /** The alarms of these rules that were over within `ms` before the last transition. */
  lately(rules: readonly string[], ms: number): Alarm[] {
    return this.#db
      .prepare(
        `SELECT t.json FROM transition t JOIN alarm a USING (revision)
         WHERE t.point_ts > (SELECT max(point_ts) FROM transition) - ? AND a.state = 'normal'
           AND a.rule IN (SELECT value FROM json_each(?)) ORDER BY revision`,
      )
      .all(ms, JSON.stringify(rules))
      .map((row) => JSON.parse(String(row.json)) as Alarm);
  }

  /**
   * Writes transitions, the subjects whose readings led to them, late readings and the answer of the
   * call, all or nothing. Each alarm is given once for each of its transitions, in order. Durable on
   * return.
   * @param call its answer is the last alarm, unless it brings one of its own
   * @param along writes what else belongs to it, in the same transaction
   */
  record(
    alarms: readonly Alarm[],
    subjects: readonly SubjectRow[] = [],
    call?: Omit<AnsweredCall, "json"> & { readonly json?: string },
    late: readonly LateNote[] = [],
    along: () => void = () => undefined,
  ): Change[] {
    let revision = this.#revision;
    const changes = transaction(this.#db, () => {
      this.judged.put(subjects);
      this.late.put(late);
      const written = alarms.map((alarm) => {
        revision += 1;
        return this.#put(alarm, revision);
      });
      along();
      const last = written.at(-1);
      if (call && last) {
        this.#sql.forgetAnswered.run(call.at - answersKeptMs);
        this.#sql.putAnswered.run(call.key, call.request, call.json ?? last.json, call.at);
      }
      return written;
    });
    this.#revision = revision;
    return changes;
  }

  #put(alarm: Alarm, revision: number): Change {
    const { id, device, rule, state, priority } = alarm;
    const line = alarm.history.at(-1) as AlarmTransition;
    let pointTs = line.at;
    while (this.#sql.pointTaken.get(device, rule, pointTs)) pointTs += 1;
    const json = JSON.stringify(alarm);
    this.#sql.putAlarm.run(id, device, rule, state, priority, revision);
    if (alarm.suppressedBy) this.#sql.putExplained.run(alarm.suppressedBy, id);
    this.#sql.addTransition.run(revision, id, device, rule, pointTs, JSON.stringify(line), json);
    return { revision, device, json, pointTs };
  }

  /** Writes how far rules have been judged, and with the last of them up to where all are. @param cut asked after them */
  checkpoint(subjects: Iterable<SubjectRow>, cut: () => Cut | undefined): void {
    transaction(this.#db, () => {
      this.judged.put(subjects);
      const whole = cut();
      if (whole) this.judged.putCut(whole);
    });
  }

  /** The transitions of all alarms that had one in the period or are not over, up to its end. */
  between(from: number, to: number): KpiLine[] {
    return this.#sql.between.all(from, to).map(({ alarm, device, rule, line }) => ({
      alarm: String(alarm),
      device: String(device),
      rule: String(rule),
      line: JSON.parse(String(line)),
    }));
  }

  /** The alarm with all of its history. */
  get(id: string): Alarm | undefined {
    const alarm = this.current(id);
    if (!alarm) return undefined;
    const history = this.#sql.lines.all(id).map((row) => JSON.parse(String(row.line)));
    return { ...alarm, history };
  }

  /** The alarm with its recent history. */
  current(id: string): Alarm | undefined {
    const row = this.#sql.current.get(id);
    return row && (JSON.parse(String(row.json)) as Alarm);
  }

  /** The alarms of a rule on a device that are not over: one at most. */
  openOf(device: Identity, rule: string): Alarm[] {
    return this.#sql.open.all(device, rule).map((row) => JSON.parse(String(row.json)) as Alarm);
  }

  /** The id of the last alarm that a rule raised on a device. */
  newest(device: Identity, rule: string): string | undefined {
    return this.#sql.newest.get(device, rule)?.id as string | undefined;
  }

  /** Alarms in JSON, last changed first: all that are not over, then the last ended ones. */
  list(filter: AlarmFilter): { id: string; json: string }[] {
    const { states, priorities, unit, cause, since = 0, visible } = filter;
    const found: { id: string; json: string }[] = [];
    const wanted = (row: Record<string, unknown>): boolean =>
      visible(row.device as Identity) &&
      (!states || states.includes(row.state as AlarmState)) &&
      (!priorities || priorities.includes(row.priority as Priority)) &&
      (!unit || isOfUnit(parseIdentity(row.device as Identity), unit)) &&
      (cause === undefined || this.#sql.explained.get(cause, String(row.id)) !== undefined);
    const read = (where: string, most: number): void => {
      const rows = this.#db
        .prepare(
          `SELECT a.id, a.device, a.state, a.priority, t.json FROM alarm a JOIN transition t USING (revision)
           WHERE a.revision > ? AND a.state ${where} 'normal' ORDER BY a.revision DESC`,
        )
        .iterate(since);
      let count = 0;
      for (const row of rows) {
        if (count >= most) break;
        if (!wanted(row)) continue;
        found.push({ id: String(row.id), json: String(row.json) });
        count += 1;
      }
    };
    read("<>", Number.POSITIVE_INFINITY);
    if (!states || states.includes("normal")) read("=", endedListed);
    return found;
  }

  /** Transitions after a revision, in order. */
  after(revision: number, most: number): Change[] {
    return this.#sql.after.all(revision, most) as unknown as Change[];
  }

  /** The last revision that a way out has announced; 0 for a way that is new. */
  announced(way: string): number {
    return Number(this.#sql.announced.get(way)?.revision ?? 0);
  }

  setAnnounced(way: string, revision: number): void {
    this.#sql.putAnnounced.run(way, revision);
  }

  answered(key: string): AnsweredCall | undefined {
    return this.#sql.answered.get(key) as unknown as AnsweredCall | undefined;
  }

  /** Idempotent. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function isOfUnit({ province, unit }: IdentityParts, wanted: string): boolean {
  return wanted === unit || wanted === `${province}/${unit}`;
}
