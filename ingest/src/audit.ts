import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type Clock, type Identity, type Role, type Scope, scopeCovers } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";

/** One call of somebody on an alarm, or on what else the station keeps, whatever came of it. */
export interface AuditEntry {
  /** Where the call came from: the address of the connection, and what a proxy says of the one behind it. */
  readonly address: string | null;
  /** The token's id: it does not reveal the token. */
  readonly token: string;
  /** Role and scope of the token; null where only the history of the alarm is left of a call. */
  readonly role: Role | null;
  readonly scope: Scope | null;
  /** Who acts, where one token serves several people. */
  readonly name: string | null;
  /** The same for all that one action of an operator did. */
  readonly action: string;
  readonly call: string;
  /** Empty where the call is on something else, such as the registry. */
  readonly alarm: string;
  /** Null for an alarm that there is not, and where the call is on no device or on several. */
  readonly device: Identity | null;
  /** The one that the caller had seen; null where the call did not say. */
  readonly version: number | null;
  readonly comment: string | null;
  /** Until when, milliseconds since 1970 UTC. */
  readonly until: number | null;
  /** `done`, or which problem it was. */
  readonly result: string;
  readonly detail: string | null;
}

/** An entry as it stands in the log. */
export interface AuditLine extends AuditEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  /** By the station's clock. */
  readonly at: number;
  /** SHA-256 over the hash of the line before and all that stands here: a line that was changed, put in or taken out breaks the chain. */
  readonly hash: string;
}

export interface AuditFilter {
  readonly alarm?: string | undefined;
  readonly device?: Identity | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Lines before this one: the next page. */
  readonly before?: number | undefined;
  readonly limit: number;
  /**
   * Of whoever asks: lines of its devices, and lines of calls that were made from within it. Of those
   * it is not told a device of another scope: that would tell what exists there.
   */
  readonly scope: Scope;
}

/** Whether the log is as it was written. */
export interface AuditChain {
  readonly lines: number;
  /** The hash of the last line: kept elsewhere, it proves later that nothing was cut off. */
  readonly head: string;
  /** The first line that does not follow from the one before; null when all do. */
  readonly brokenAt: number | null;
}

/** The append-only log of what people did. */
export interface Audit {
  /** Durable on return: all of these or, when it throws, none. */
  append(entries: readonly AuditEntry[]): void;
  /** The last ones first. */
  list(filter: AuditFilter): AuditLine[];
  /** The action of the newest line whose action matches the pattern (GLOB). */
  lastAction(pattern: string): string | null;
  /** Whether there is a line of a call that was carried out on this version of the alarm; null while no line is of an alarm. */
  hasDone(alarm: string, call: string, version: number): boolean | null;
  chain(): Promise<AuditChain>;
  /** Idempotent. */
  close(): void;
}

const begin = "0".repeat(64);
/** Lines looked at in one go, so that others get their turn. */
const page = 1000;

const migrations = [
  `CREATE TABLE line (
     seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, alarm TEXT NOT NULL, device TEXT, scope TEXT,
     entry TEXT NOT NULL, hash TEXT NOT NULL
   ) STRICT;
   CREATE INDEX line_by_alarm ON line (alarm, seq);
   CREATE TRIGGER no_change BEFORE UPDATE ON line BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
   CREATE TRIGGER no_removal BEFORE DELETE ON line BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;`,
];

/** @param onDamage told where a damaged file is kept; what could be read of it is in the new one */
export function openAudit(file: string, now: Clock, onDamage: (keptAt: string) => void): Audit {
  const db = openDatabase(file, { migrations, onDamage: ({ keptAt }) => onDamage(keptAt) });
  const last = db.prepare("SELECT seq, hash FROM line ORDER BY seq DESC LIMIT 1");
  const add = db.prepare("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?)");
  const after = db.prepare("SELECT * FROM line WHERE seq > ? ORDER BY seq LIMIT ?");
  const ofAnAlarm = db.prepare("SELECT 1 FROM line WHERE alarm > '' LIMIT 1");
  const ofAlarm = db.prepare("SELECT * FROM line WHERE alarm = ?");
  return {
    append(entries) {
      if (entries.length === 0) return;
      transaction(db, () => {
        const end = last.get();
        let seq = Number(end?.seq ?? 0);
        let hash = String(end?.hash ?? begin);
        const at = now();
        for (const given of entries) {
          const { alarm, device, scope } = given;
          const entry = JSON.stringify(given);
          seq += 1;
          hash = hashOf(hash, seq, at, entry);
          add.run(seq, at, alarm, device, scope, entry, hash);
        }
      });
    },
    list({ alarm, device, from, to, before, limit, scope }) {
      const lines: AuditLine[] = [];
      const rows = db
        .prepare(
          `SELECT * FROM line WHERE seq < ?1 AND (?2 IS NULL OR alarm = ?2)
             AND (?3 IS NULL OR device = ?3) AND at >= ?4 AND at < ?5 ORDER BY seq DESC`,
        )
        .iterate(
          before ?? Number.MAX_SAFE_INTEGER,
          alarm ?? null,
          device ?? null,
          from ?? Number.MIN_SAFE_INTEGER,
          to ?? Number.MAX_SAFE_INTEGER,
        );
      for (const row of rows) {
        const line = seenFrom(scope, lineOf(row));
        if (!line || (device !== undefined && line.device !== device)) continue;
        lines.push(line);
        if (lines.length >= limit) break;
      }
      return lines;
    },
    lastAction(pattern) {
      const row = db
        .prepare(
          "SELECT entry ->> '$.action' AS action FROM line WHERE action GLOB ? ORDER BY seq DESC LIMIT 1",
        )
        .get(pattern);
      return row ? String(row.action) : null;
    },
    hasDone(alarm, call, version) {
      if (!ofAnAlarm.get()) return null;
      const lines = ofAlarm.all(alarm).map(lineOf);
      return lines.some(
        (one) => one.call === call && one.version === version && one.result === "done",
      );
    },
    async chain() {
      let [lines, head] = [0, begin];
      for (;;) {
        const rows = after.all(lines, page);
        for (const row of rows) {
          const expected = hashOf(head, lines + 1, Number(row.at), String(row.entry));
          if (Number(row.seq) !== lines + 1 || row.hash !== expected || !agrees(row)) {
            return { lines: Number(last.get()?.seq), head, brokenAt: Number(row.seq) };
          }
          lines += 1;
          head = expected;
        }
        if (rows.length < page) return { lines, head, brokenAt: null };
        await setImmediate();
      }
    },
    close() {
      if (db.isOpen) db.close();
    },
  };
}

function hashOf(before: string, seq: number, at: number, entry: string): string {
  return createHash("sha256").update(`${before}\n${seq}\n${at}\n${entry}`).digest("hex");
}

type Row = Record<string, unknown>;

function lineOf({ seq, at, entry, hash }: Row): AuditLine {
  const given = JSON.parse(String(entry)) as AuditEntry;
  return { ...given, seq: Number(seq), at: Number(at), hash: String(hash) };
}

/** Whether what is looked for by is what stands in the entry. */
function agrees(row: Row): boolean {
  const { alarm, device, scope } = lineOf(row);
  return row.alarm === alarm && row.device === device && row.scope === scope;
}

function seenFrom(scope: Scope, line: AuditLine): AuditLine | undefined {
  if (line.device !== null && scopeCovers(scope, line.device)) return line;
  const madeWithin =
    scope === "*" || line.scope === scope || (line.scope?.startsWith(`${scope}/`) ?? false);
  return madeWithin ? { ...line, device: null } : undefined;
}
