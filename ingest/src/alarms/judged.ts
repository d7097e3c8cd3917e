import type { DatabaseSync } from "node:sqlite";
import { type Evaluation, unevaluated } from "./evaluate.ts";
import type { SubjectRow } from "./subjects.ts";

/** Up to where all is written, and what is then still held in the order of arrival. */
export interface Cut {
  /** The last row of the spool that was fed. */
  readonly position: number;
  /** Of rows up to there, the samples that were not yet released: `[index in the row, ts, arrival, …]` by row. */
  readonly held: Readonly<Record<number, readonly number[]>>;
  /** State of the clock of arrivals. */
  readonly clock: readonly [last: number, offset: number];
}

/** How the state of a rule begins: what says no more than that is not written. */
const beginning = unevaluated as unknown as Record<string, unknown>;

/** What the book has of how far each rule is judged. */
export class Judged {
  readonly #db: DatabaseSync;
  readonly #sql;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sql = {
      putSubject: db.prepare("INSERT OR REPLACE INTO subject VALUES (?, ?, ?, ?)"),
      putCut: db.prepare("INSERT OR REPLACE INTO cut VALUES (1, ?)"),
    };
  }

  /** The last checkpoint; undefined when there was none. */
  cut(): Cut | undefined {
    const row = this.#db.prepare("SELECT body FROM cut").get();
    return row && (JSON.parse(String(row.body)) as Cut);
  }

  *subjects(): Generator<SubjectRow> {
    for (const row of this.#db.prepare("SELECT * FROM subject").iterate()) {
      const states = JSON.parse(String(row.states)) as Record<string, Partial<Evaluation>>;
      for (const [rule, state] of Object.entries(states)) {
        states[rule] = { ...unevaluated, ...state };
      }
      yield {
        identity: String(row.identity),
        agent: row.agent as string | null,
        recent: unpackedInstants(String(row.recent)),
        states: states as Record<string, Evaluation>,
      };
    }
  }

  /** To be called within a transaction. */
  put(rows: Iterable<SubjectRow>): void {
    for (const { identity, agent, recent, states } of rows) {
      const told: Record<string, Partial<Evaluation>> = {};
      for (const rule in states) told[rule] = packed(states[rule] as Evaluation);
      this.#sql.putSubject.run(identity, agent, packedInstants(recent), JSON.stringify(told));
    }
  }

  /** To be called within a transaction: all of them are written, up to here. */
  putCut(cut: Cut): void {
    this.#sql.putCut.run(JSON.stringify(cut));
  }
}

/** A state without what every state begins with: most of it, for most rules. */
function packed(state: Evaluation): Partial<Evaluation> {
  const told: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(state)) {
    const usual = beginning[name];
    const none = Array.isArray(value) && Array.isArray(usual) && value.length === 0;
    if (value !== usual && !none) told[name] = value;
  }
  return told;
}

/** The first instant and the steps from each to the next. */
function packedInstants(instants: readonly number[]): string {
  return instants.map((ts, at) => ts - (instants[at - 1] ?? 0)).join(" ");
}

function unpackedInstants(text: string): number[] {
  let ts = 0;
  return text === "" ? [] : text.split(" ").map((step) => (ts += Number(step)));
}
