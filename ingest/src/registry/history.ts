import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { type Clock, isIdentity, type RegistryKind, type Scope } from "@kenh/schemas";
import type { By, Change, Edit } from "./change.ts";

const begin = "0".repeat(64);

export interface ChangeFilter {
  /** Of this record, or of what lies below this path. */
  readonly key?: string | undefined;
  /** Changes before this one: the next page. */
  readonly before?: number | undefined;
  readonly limit: number;
  readonly scope: Scope;
}

/** Whether the history is as it was written. */
export interface HistoryChain {
  readonly changes: number;
  /** The hash of the last one: kept elsewhere, it proves later that nothing was cut off. */
  readonly head: string;
  /** The first change that does not follow from the one before; null when all do. */
  readonly brokenAt: number | null;
}

type Row = Record<string, unknown>;

/** Where an edit stands among all of them: by change, key and kind. */
export interface EditPlace {
  readonly change: number;
  readonly key: string;
  readonly kind: string;
}
/** Before every edit there is. */
export const beforeAll: EditPlace = { change: 0, key: "", kind: "" };
/** With the number of a change: behind its last edit. */
export const afterAll = { key: "\u{10ffff}", kind: "" };

/** Every change of a registry, append-only: in its own file, written in the transaction of the change. */
export class History {
  readonly #db: DatabaseSync;
  readonly #now: Clock;
  readonly #last;
  readonly #addChange;
  readonly #addEdit;
  readonly #after;

  constructor(db: DatabaseSync, now: Clock) {
    this.#db = db;
    this.#now = now;
    this.#last = db.prepare("SELECT id, hash FROM change ORDER BY id DESC LIMIT 1");
    this.#addChange = db.prepare("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#after = db.prepare(
      `SELECT change, key, kind, after FROM edit WHERE (change, key, kind) > (?, ?, ?)
       ORDER BY change, key, kind LIMIT ?`,
    );
    this.#addEdit = db.prepare("INSERT INTO edit VALUES (?, ?, ?, ?, ?)");
  }

  /** The newest change; 0 when there is none. */
  get last(): number {
    return Number(this.#last.get()?.id ?? 0);
  }

  /** Writes a change, inside the transaction of the caller. Returns its number. */
  add(edits: readonly Edit[], { actor, how, comment = null }: By, undoes: number | null): number {
    const end = this.#last.get();
    const id = Number(end?.id ?? 0) + 1;
    const at = this.#now();
    const ordered = edits.toSorted((a, b) => compare(a.key, b.key) || compare(a.kind, b.kind));
    const digest = digestOf(ordered);
    const said = { id, at, actor: JSON.stringify(actor), how, comment, undoes };
    const hash = hashOf(String(end?.hash ?? begin), said, digest);
    const size = edits.length;
    this.#addChange.run(id, at, said.actor, how, comment, undoes, size, digest, hash);
    for (const { kind, key, before, after } of ordered)
      this.#addEdit.run(id, key, kind, before, after);
    return id;
  }

  get(id: number): Change | undefined {
    const row = this.#db.prepare(`${selected} WHERE id = ?`).get(id);
    return row && changeOf(row);
  }

  /** The last ones first. */
  list({ key, before, limit, scope }: ChangeFilter): Change[] {
    const within = [key, scope === "*" ? undefined : scope].filter((one) => one !== undefined);
    const clauses = within.map(
      (_, at) => `EXISTS (SELECT 1 FROM edit WHERE change = id AND ${inPath(at * 3 + 3)})`,
    );
    const rows = this.#db
      .prepare(
        `${selected} WHERE id < ?1 ${clauses.map((clause) => `AND ${clause}`).join(" ")}
         ORDER BY id DESC LIMIT ?2`,
      )
      .all(before ?? Number.MAX_SAFE_INTEGER, limit, ...within.flatMap(pathBounds));
    return rows.map(changeOf);
  }

  /** Changes after this one, the oldest first. */
  after(id: number, limit: number): Change[] {
    const rows = this.#db.prepare(`${selected} WHERE id > ? ORDER BY id LIMIT ?`).all(id, limit);
    return rows.map(changeOf);
  }

  /** The edits of one change that lie in the scope. */
  edits(change: number, scope: Scope, limit = Number.MAX_SAFE_INTEGER): Edit[] {
    const all = "SELECT kind, key, before, after FROM edit WHERE change = ?1";
    const rows =
      scope === "*"
        ? this.#db.prepare(`${all} ORDER BY key LIMIT ?2`).all(change, limit)
        : this.#db
            .prepare(`${all} AND ${inPath(3)} ORDER BY key LIMIT ?2`)
            .all(change, limit, ...pathBounds(scope));
    return rows as unknown as Edit[];
  }

  /** The edits behind this one, of whichever changes. */
  editsAfter(
    { change, key, kind }: EditPlace,
    limit: number,
  ): (EditPlace & Omit<Edit, "before">)[] {
    const rows = this.#after.all(change, key, kind, limit);
    return rows as unknown as (EditPlace & Omit<Edit, "before">)[];
  }

  /** What a record was, from when on, the oldest first: its body after each change of it. */
  of(kind: RegistryKind, key: string): { change: number; at: number; body: string | null }[] {
    const rows = this.#db
      .prepare(
        `SELECT change, at, after AS body FROM edit JOIN change ON id = change
         WHERE key = ? AND kind = ? ORDER BY change`,
      )
      .all(key, kind);
    return rows as unknown as { change: number; at: number; body: string | null }[];
  }

  /** The last change of a record; undefined for one that was there before there was a history. */
  lastOf({ kind, key }: Pick<Edit, "kind" | "key">): number | undefined {
    const row = this.#db
      .prepare("SELECT max(change) AS change FROM edit WHERE key = ? AND kind = ?")
      .get(key, kind);
    return row?.change === null ? undefined : Number(row?.change);
  }

  /** Computes every hash anew. */
  chain(): HistoryChain {
    let head = begin;
    let changes = 0;
    for (const row of this.#db.prepare("SELECT * FROM change ORDER BY id").iterate()) {
      const id = Number(row.id);
      const edits = this.edits(id, "*").toSorted(
        (a, b) => compare(a.key, b.key) || compare(a.kind, b.kind),
      );
      const digest = digestOf(edits);
      const expected = hashOf(head, row, digest);
      const whole = id === changes + 1 && row.size === edits.length && row.digest === digest;
      if (!whole || row.hash !== expected) return { changes: this.last, head, brokenAt: id };
      head = expected;
      changes = id;
    }
    return { changes, head, brokenAt: null };
  }
}

const selected = `SELECT *, (SELECT max(id) FROM change AS later WHERE later.undoes = change.id) AS undone_by FROM change`;

/** A record of this path, and all that lies below it. A calibration stands behind its device and a space. */
function inPath(first: number): string {
  return `(key = ?${first} OR (key >= ?${first + 1} AND key < ?${first + 2}))`;
}
const pathBounds = (path: string): [string, string, string] =>
  isIdentity(path) ? [path, `${path} `, `${path}!`] : [path, `${path}/`, `${path}0`];

function changeOf(row: Row): Change {
  const { id, at, actor, how, comment, undoes, undone_by, size, hash } = row;
  return {
    id: Number(id),
    at: Number(at),
    actor: JSON.parse(String(actor)) as Change["actor"],
    how: String(how),
    comment: comment as string | null,
    undoes: undoes as number | null,
    undoneBy: undone_by as number | null,
    size: Number(size),
    hash: String(hash),
  };
}

function digestOf(edits: readonly Edit[]): string {
  const hash = createHash("sha256");
  for (const { kind, key, before, after } of edits)
    hash.update(`${JSON.stringify([kind, key, before, after])}\n`);
  return hash.digest("hex");
}

function hashOf(before: string, said: Row, digest: string): string {
  const { id, at, actor, how, comment, undoes } = said;
  const text = JSON.stringify([before, id, at, actor, how, comment, undoes, digest]);
  return createHash("sha256").update(text).digest("hex");
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
