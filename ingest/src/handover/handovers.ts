import { randomBytes } from "node:crypto";
import type { Clock, Handover, HandoverFacts, HandoverSignature } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";
import { Refusal } from "../alarms/operate.ts";

/** Who signs. */
export interface Signer {
  /** As it stands in the note. */
  readonly actor: string;
  /** Who that is, whatever token was used: nobody takes over from himself. */
  readonly person: string;
  readonly text: string | null;
}

/** Which notes to list. */
export interface HandoverFilter {
  readonly unit?: string | undefined;
  /** Milliseconds since 1970 UTC; `to` is not in it. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit: number;
  readonly visible: (unit: string) => boolean;
}

/** What a shift hands over, once. */
export interface GivenNote {
  readonly unit: string;
  readonly facts: (since: number, asOf: number) => HandoverFacts;
  readonly outgoing: Signer & { readonly text: string };
  readonly corrects: string | null;
  /** With it the same call again gives the same note. */
  readonly key?: string | undefined;
}

/** The book of hand-overs between shifts. What was signed can't be changed: the file itself refuses. */
export interface Handovers {
  /** Since when the next note of a unit tells. */
  since(unit: string): number;
  /**
   * The facts of the moment, frozen, with the outgoing shift's signature. Durable on return.
   * @throws Refusal when another note of the unit waits to be taken over and this one does not put it
   * right, when the one to be put right is of another unit or was put right already, or when the key
   * was used for another call
   */
  give(note: GivenNote): Handover;
  /**
   * The incoming shift signs.
   * @throws Refusal when somebody has, when it was put right by another note, or when the same person
   * hands over and takes over
   * @returns undefined when there is no such note
   */
  takeOver(id: string, incoming: Signer): Handover | undefined;
  get(id: string): Handover | undefined;
  /** The last ones first, without their facts. */
  list(filter: HandoverFilter): Omit<Handover, "facts">[];
  /** Idempotent. */
  close(): void;
}

/** The first note of a unit tells of a day: that is what its people still know of each other. */
const firstSpanMs = 24 * 3_600_000;

const stays = (table: string): string => `
  CREATE TRIGGER ${table}_stays BEFORE UPDATE ON ${table}
    BEGIN SELECT RAISE(ABORT, 'what was signed is not changed'); END;
  CREATE TRIGGER ${table}_remains BEFORE DELETE ON ${table}
    BEGIN SELECT RAISE(ABORT, 'what was signed is not changed'); END;`;

const migrations = [
  `CREATE TABLE note (
     seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, at INTEGER NOT NULL,
     person TEXT NOT NULL, corrects TEXT UNIQUE, key TEXT UNIQUE, request TEXT, body TEXT NOT NULL,
     facts TEXT NOT NULL
   ) STRICT;
   CREATE INDEX note_by_unit ON note (unit, seq);
   CREATE TABLE taken_over (note TEXT PRIMARY KEY, signature TEXT NOT NULL) STRICT, WITHOUT ROWID;
   ${stays("note")}
   ${stays("taken_over")}`,
];

const columns = `n.seq, n.id, n.unit, n.at, n.person, n.corrects, n.body,
  (SELECT c.id FROM note c WHERE c.corrects = n.id) AS corrected, t.signature`;
const tables = "note n LEFT JOIN taken_over t ON t.note = n.id";

/** Opens or creates the book. @param onDamage told where a damaged file is kept */
export function openHandovers(
  file: string,
  now: Clock,
  onDamage: (keptAt: string) => void,
): Handovers {
  const db = openDatabase(file, { migrations, onDamage: ({ keptAt }) => onDamage(keptAt) });
  const byId = db.prepare(`SELECT ${columns}, n.facts FROM ${tables} WHERE n.id = ?`);
  const lastOf = db.prepare(
    `SELECT ${columns} FROM ${tables} WHERE n.unit = ? ORDER BY n.seq DESC LIMIT 1`,
  );
  const byKey = db.prepare("SELECT id, request FROM note WHERE key = ?");
  const add = db.prepare(
    `INSERT INTO note (id, unit, at, person, corrects, key, request, body, facts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const sign = db.prepare("INSERT INTO taken_over VALUES (?, ?)");

  function get(id: string): Handover | undefined {
    const row = byId.get(id);
    return row && { ...noteOf(row), facts: JSON.parse(String(row.facts)) as HandoverFacts };
  }

  const since = (unit: string): number => Number(lastOf.get(unit)?.at ?? now() - firstSpanMs);

  /** @throws Refusal when a note can't follow what stands there */
  function requirePlace(unit: string, corrects: string | null): Handover | undefined {
    const row = lastOf.get(unit);
    const last = row && noteOf(row);
    if (corrects === null) {
      if (!last || last.incoming) return undefined;
      throw new Refusal(
        "wrong-state",
        `hand-over ${last.id} of ${unit} waits to be taken over: take it over, or put it right with corrects`,
      );
    }
    const wrong = get(corrects);
    if (!wrong || wrong.unit !== unit) {
      throw new Refusal("bad-value", `corrects: there is no hand-over ${corrects} of ${unit}`);
    }
    if (wrong.correctedBy !== null) {
      throw new Refusal(
        "wrong-state",
        `hand-over ${corrects} was put right by ${wrong.correctedBy}: correct that one`,
      );
    }
    if (last && !last.incoming && last.id !== corrects) {
      throw new Refusal("wrong-state", `hand-over ${last.id} waits to be taken over first`);
    }
    return wrong;
  }

  return {
    since,
    give({ unit, facts, outgoing, corrects, key }) {
      const { actor, person, text } = outgoing;
      const request = JSON.stringify([unit, text, corrects]);
      const before = key === undefined ? undefined : byKey.get(key);
      if (before) {
        if (before.request === request) return get(String(before.id)) as Handover;
        throw new Refusal(
          "key-reused",
          "this Idempotency-Key was used for another call: make a new one",
        );
      }
      const wrong = requirePlace(unit, corrects);
      const at = now();
      const known = facts(wrong?.facts.since ?? since(unit), at);
      const id = randomBytes(12).toString("hex");
      const body = JSON.stringify({ at, actor, text } satisfies HandoverSignature);
      add.run(id, unit, at, person, corrects, key ?? null, request, body, JSON.stringify(known));
      return get(id) as Handover;
    },
    takeOver(id, { actor, person, text }) {
      return transaction(db, () => {
        const row = byId.get(id);
        if (!row) return undefined;
        const { incoming, correctedBy } = noteOf(row);
        if (incoming) {
          throw new Refusal("wrong-state", `hand-over ${id} was taken over by ${incoming.actor}`);
        }
        if (correctedBy !== null) {
          throw new Refusal(
            "wrong-state",
            `hand-over ${id} was put right by ${correctedBy}: take that one over`,
          );
        }
        if (row.person === person) {
          throw new Refusal(
            "wrong-state",
            `${person} has handed over: somebody else takes over (where one token serves several people, name says who)`,
          );
        }
        sign.run(id, JSON.stringify({ at: now(), actor, text } satisfies HandoverSignature));
        return get(id);
      });
    },
    get,
    list({ unit, from = 0, to = Number.MAX_SAFE_INTEGER, limit, visible }) {
      const rows = db
        .prepare(
          `SELECT ${columns} FROM ${tables}
           WHERE n.at >= ?1 AND n.at < ?2 AND (?3 IS NULL OR n.unit = ?3) ORDER BY n.seq DESC`,
        )
        .iterate(from, to, unit ?? null);
      const found: Omit<Handover, "facts">[] = [];
      for (const row of rows) {
        if (found.length >= limit) break;
        if (visible(String(row.unit))) found.push(noteOf(row));
      }
      return found;
    },
    close() {
      if (db.isOpen) db.close();
    },
  };
}

function noteOf(row: Record<string, unknown>): Omit<Handover, "facts"> {
  const { id, unit, at, corrects, corrected, body, signature } = row;
  return {
    id: String(id),
    unit: String(unit),
    at: Number(at),
    outgoing: JSON.parse(String(body)) as HandoverSignature,
    incoming: signature === null ? null : (JSON.parse(String(signature)) as HandoverSignature),
    corrects: corrects === null ? null : String(corrects),
    correctedBy: corrected === null ? null : String(corrected),
  };
}
