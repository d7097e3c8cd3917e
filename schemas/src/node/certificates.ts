import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import type { Identity } from "../identity.ts";

/** Why a certificate opens nothing any more, before its time. */
export type Revocation = "revoked" | "superseded" | "code-used-twice";

/** A client certificate as it was issued. */
export interface Issued {
  /** SHA-256 over its DER, in lower-case hexadecimal. */
  readonly fingerprint: string;
  readonly serial: string;
  readonly identity: Identity;
  /** SHA-256 over its public key (SPKI, DER), in hexadecimal. */
  readonly key: string;
  readonly pem: string;
  /** The code that brought it, or the certificate that it follows. */
  readonly code: string | null;
  readonly follows: string | null;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly lifeMs: number;
}

/** And what has become of it. */
export interface Certificate extends Issued {
  readonly revokedAt: number | null;
  readonly reason: Revocation | null;
  /** When it first proved an identity to the broker; null as long as it has not. */
  readonly usedAt: number | null;
}

/** Every certificate that the station's authority has issued: one that is not here is none of its own. */
export interface Certificates {
  add(issued: Issued): void;
  find(fingerprint: string): Certificate | undefined;
  /** The newest first. */
  of(identity: Identity): Certificate[];
  /** The one that was issued on the strength of this one. */
  successorOf(fingerprint: string): Certificate | undefined;
  /** @returns how many were good until now */
  revoke(fingerprint: string, reason: Revocation): number;
  revokeAll(identity: Identity, reason: Revocation): number;
  /** Notes the first use; from then on the one that it follows is void. */
  noteUse(fingerprint: string): void;
}

export const certificateShape = `
  CREATE TABLE certificate (
    fingerprint TEXT PRIMARY KEY, serial TEXT NOT NULL, identity TEXT NOT NULL, key TEXT NOT NULL,
    pem TEXT NOT NULL, code TEXT, follows TEXT, issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, life_ms INTEGER NOT NULL, revoked_at INTEGER, reason TEXT,
    used_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX certificate_identity ON certificate (identity, issued_at);
  CREATE INDEX certificate_follows ON certificate (follows);`;

/** Keeps certificates in the file of accounts. @param touched called after each change */
export function keepCertificates(db: DatabaseSync, now: Clock, touched: () => void): Certificates {
  const select = db.prepare("SELECT * FROM certificate WHERE fingerprint = ?");
  const void_ = "UPDATE certificate SET revoked_at = ?, reason = ? WHERE revoked_at IS NULL AND";
  function revokeWhere(where: string, what: string, reason: Revocation): number {
    touched();
    return Number(db.prepare(`${void_} ${where} = ?`).run(now(), reason, what).changes);
  }
  const find = (fingerprint: string): Certificate | undefined => {
    const row = select.get(fingerprint);
    return row && certificateOf(row);
  };
  return {
    add(issued) {
      const { fingerprint, serial, identity, key, pem, code, follows } = issued;
      const { issuedAt, expiresAt, lifeMs } = issued;
      db.prepare(
        `INSERT INTO certificate (fingerprint, serial, identity, key, pem, code, follows, issued_at, expires_at, life_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(fingerprint, serial, identity, key, pem, code, follows, issuedAt, expiresAt, lifeMs);
      touched();
    },
    find,
    of: (identity) =>
      db
        .prepare("SELECT * FROM certificate WHERE identity = ? ORDER BY issued_at DESC")
        .all(identity)
        .map(certificateOf),
    successorOf(fingerprint) {
      const row = db.prepare("SELECT * FROM certificate WHERE follows = ?").get(fingerprint);
      return row && certificateOf(row);
    },
    revoke: (fingerprint, reason) => revokeWhere("fingerprint", fingerprint, reason),
    revokeAll: (identity, reason) => revokeWhere("identity", identity, reason),
    noteUse(fingerprint) {
      const found = find(fingerprint);
      if (!found || found.usedAt !== null) return;
      db.prepare("UPDATE certificate SET used_at = ? WHERE fingerprint = ?").run(
        now(),
        fingerprint,
      );
      if (found.follows !== null) revokeWhere("fingerprint", found.follows, "superseded");
      touched();
    },
  };
}

function certificateOf(row: Record<string, unknown>): Certificate {
  return {
    fingerprint: String(row.fingerprint),
    serial: String(row.serial),
    identity: String(row.identity),
    key: String(row.key),
    pem: String(row.pem),
    code: row.code as string | null,
    follows: row.follows as string | null,
    issuedAt: Number(row.issued_at),
    expiresAt: Number(row.expires_at),
    lifeMs: Number(row.life_ms),
    revokedAt: row.revoked_at as number | null,
    reason: row.reason as Revocation | null,
    usedAt: row.used_at as number | null,
  };
}
