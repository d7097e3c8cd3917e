import { createHash, randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import type { Identity } from "../identity.ts";

/** What a code allows, and what has become of it. */
export interface Code {
  /** The part of the code that names it and is no secret. */
  readonly id: string;
  readonly identity: Identity;
  /** SHA-256 of the secret part: the key by which both sides prove that they know it. */
  readonly key: Uint8Array;
  /** How long the certificates live that it brings, in milliseconds. */
  readonly lifeMs: number;
  /** Sites of which the account may bring unknown devices. */
  readonly joins: readonly string[];
  readonly madeAt: number;
  readonly expiresAt: number;
  /** Attempts that did not know the secret. */
  readonly misses: number;
  /** The certificate that it has brought; null as long as it is open. */
  readonly usedBy: string | null;
  readonly usedAt: number | null;
}

/** One-time codes. The secret part is never kept. */
export interface Codes {
  /** The code as a person passes it on: shown once. An older open code of the device is void. */
  make(
    identity: Identity,
    options: {
      readonly validMs: number;
      readonly lifeMs: number;
      readonly joins: readonly string[];
    },
  ): { readonly id: string; readonly code: string; readonly expiresAt: number };
  find(id: string): Code | undefined;
  of(identity: Identity): Code[];
  /** Counts an attempt that did not know the secret. */
  miss(id: string): void;
  use(id: string, fingerprint: string): void;
  /** Makes the open codes of a device void. @returns how many there were */
  close(identity: Identity): number;
}

export const codeShape = `
  CREATE TABLE code (
    id TEXT PRIMARY KEY, identity TEXT NOT NULL, key BLOB NOT NULL, life_ms INTEGER NOT NULL,
    joins TEXT NOT NULL, made_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    misses INTEGER NOT NULL DEFAULT 0, used_by TEXT, used_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX code_identity ON code (identity);`;

/** Letters and digits that nobody mistakes for one another when a code is read out (Crockford's base 32). */
const letters = "0123456789abcdefghjkmnpqrstvwxyz";
const idLetters = 6;
const secretLetters = 24;
/** A used code is remembered so long: whoever uses it again is told, and the log as well. */
const rememberMs = 30 * 24 * 3_600_000;

/** The key that proves the secret of a code. */
export function codeKey(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Takes a code as somebody has typed it apart; undefined when it is none. */
export function readCode(typed: string): { id: string; secret: string } | undefined {
  const plain = typed
    .toLowerCase()
    .replace(/[\s-]/g, "")
    .replaceAll("o", "0")
    .replace(/[il]/g, "1");
  if (plain.length !== idLetters + secretLetters) return undefined;
  if ([...plain].some((letter) => !letters.includes(letter))) return undefined;
  return { id: plain.slice(0, idLetters), secret: plain.slice(idLetters) };
}

function draw(count: number): string {
  return [...randomBytes(count)].map((byte) => letters[byte % 32]).join("");
}

/** Keeps codes in the file of accounts. @param touched called after each change */
export function keepCodes(db: DatabaseSync, now: Clock, touched: () => void): Codes {
  const select = db.prepare("SELECT * FROM code WHERE id = ?");
  function close(identity: Identity): number {
    touched();
    return Number(
      db.prepare("DELETE FROM code WHERE identity = ? AND used_by IS NULL").run(identity).changes,
    );
  }
  return {
    make(identity, { validMs, lifeMs, joins }) {
      db.prepare("DELETE FROM code WHERE expires_at < ?").run(now() - rememberMs);
      close(identity);
      const [id, secret] = [draw(idLetters), draw(secretLetters)];
      const expiresAt = now() + validMs;
      db.prepare(
        `INSERT INTO code (id, identity, key, life_ms, joins, made_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ).run(id, identity, codeKey(secret), lifeMs, JSON.stringify(joins), now(), expiresAt);
      touched();
      const code = [id, ...(secret.match(/.{6}/g) ?? [])].join("-");
      return { id, code, expiresAt };
    },
    find(id) {
      const row = select.get(id);
      return row && codeOf(row);
    },
    of: (identity) =>
      db
        .prepare("SELECT * FROM code WHERE identity = ? ORDER BY made_at DESC")
        .all(identity)
        .map(codeOf),
    miss(id) {
      db.prepare("UPDATE code SET misses = misses + 1 WHERE id = ?").run(id);
      touched();
    },
    use(id, fingerprint) {
      db.prepare("UPDATE code SET used_by = ?, used_at = ? WHERE id = ?").run(
        fingerprint,
        now(),
        id,
      );
      touched();
    },
    close,
  };
}

function codeOf(row: Record<string, unknown>): Code {
  return {
    id: String(row.id),
    identity: String(row.identity),
    key: row.key as Uint8Array,
    lifeMs: Number(row.life_ms),
    joins: JSON.parse(String(row.joins)) as string[],
    madeAt: Number(row.made_at),
    expiresAt: Number(row.expires_at),
    misses: Number(row.misses),
    usedBy: row.used_by as string | null,
    usedAt: row.used_at as number | null,
  };
}
