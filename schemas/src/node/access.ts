import {
  createHash,
  createHmac,
  randomBytes,
  scrypt as scryptCallback,
  timingSafeEqual,
} from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "../clock.ts";
import { type Identity, identitySchema } from "../identity.ts";
import { type Role, roleSchema, type Scope, scopeSchema } from "../scope.ts";
import { dataVersion, openDatabase, transaction } from "./database.ts";

const scrypt = promisify<string, Buffer, number, object, Buffer>(scryptCallback);

/**
 * Passwords are made here, 192 random bits each, so the hash needs no stretching against guesses;
 * what counts is that ten thousand devices can come back at once after a power cut.
 */
const scryptCost = { N: 1024, r: 8, p: 1 } as const;
const hashBytes = 32;

/** Who may connect to the broker, and the devices below which it may publish. */
export interface Account {
  readonly username: string;
  readonly publishes: readonly Identity[];
  /** Differs whenever the account was made anew; it does not reveal the password. */
  readonly revision: string;
}

/** What a bearer token allows. */
export interface Grant {
  /** Names the token in lists and in the audit log; it does not reveal it. */
  readonly id: string;
  readonly role: Role;
  readonly scope: Scope;
  /** Milliseconds since 1970 UTC from which it opens nothing any more; null for no end. */
  readonly expiresAt: number | null;
  /**
   * The address of the Grafana that holds it for its users; null for a token of one person or
   * program. Whoever changes something with it must be named by that Grafana's signature.
   */
  readonly grafana: string | null;
}

/** What a token has beside its role and scope. */
export type TokenOptions = Partial<Pick<Grant, "expiresAt" | "grafana">>;

/** Accounts and tokens, kept as hashes, shared by every process that opens the same file. */
export interface Access {
  /**
   * Makes an account and its password, or a new password for an account that exists.
   * @throws ZodError when an identity is not well formed.
   */
  addAccount(username: string, publishes: readonly Identity[]): Promise<string>;
  /** False when there was none. */
  removeAccount(username: string): boolean;
  account(username: string): Account | undefined;
  /** The account when the password is right. Unknown names cost as much time as wrong passwords. */
  authenticate(username: string, password: string): Promise<Account | undefined>;
  /** @throws ZodError when role or scope is not one. */
  addToken(role: Role, scope: Scope, options?: TokenOptions): string;
  /** False when there was none. */
  removeToken(id: string): boolean;
  tokens(): Grant[];
  /** Undefined for a token that there is not, or that has expired. */
  grant(token: string): Grant | undefined;
  /** Differs whenever accounts or tokens were changed, here or by another process. */
  version(): number;
  close(): void;
}

const migrations = [
  `CREATE TABLE account (
     username TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL, changed_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE publishes (
     username TEXT NOT NULL REFERENCES account ON DELETE CASCADE, identity TEXT NOT NULL,
     PRIMARY KEY (username, identity)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE token (
     hash BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, role TEXT NOT NULL, scope TEXT NOT NULL,
     created_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE token ADD COLUMN expires_at INTEGER;
   ALTER TABLE token ADD COLUMN grafana TEXT;`,
];
const grantColumns = "id, role, scope, expires_at AS expiresAt, grafana";

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Opens or creates the file of accounts and tokens. */
export function openAccess(file: string, now: Clock = Date.now): Access {
  const db = openDatabase(file, { migrations });
  const find = db.prepare("SELECT salt, hash FROM account WHERE username = ?");
  const identities = db.prepare("SELECT identity FROM publishes WHERE username = ? ORDER BY 1");
  const findToken = db.prepare(`SELECT ${grantColumns} FROM token WHERE hash = ?`);
  // Passwords already proven by this process: a reconnect costs one HMAC, and none is kept readable.
  const provenKey = randomBytes(32);
  const proven = new Map<string, Buffer>();
  const prove = (hash: Uint8Array, password: string): Buffer =>
    createHmac("sha256", provenKey).update(hash).update(password).digest();
  const nobody = { salt: randomBytes(16), hash: randomBytes(hashBytes) };

  // SQLite's own version tells only of what others have changed.
  let ownChanges = 0;
  const changed = (changes: number | bigint): boolean => {
    ownChanges++;
    return changes > 0;
  };

  function account(username: string): Account | undefined {
    const stored = find.get(username);
    if (!stored) return undefined;
    return {
      username,
      publishes: identities.all(username).map((row) => String(row.identity)),
      revision: Buffer.from(stored.salt as Uint8Array).toString("base64url"),
    };
  }

  return {
    account,
    async addAccount(username, publishes) {
      const owned = publishes.map((identity) => identitySchema.parse(identity));
      const password = randomBytes(24).toString("base64url");
      const salt = randomBytes(16);
      const hash = await scrypt(password, salt, hashBytes, scryptCost);
      transaction(db, () => {
        db.prepare("DELETE FROM account WHERE username = ?").run(username);
        db.prepare("INSERT INTO account VALUES (?, ?, ?, ?)").run(username, salt, hash, now());
        const insert = db.prepare("INSERT OR IGNORE INTO publishes VALUES (?, ?)");
        for (const identity of owned) insert.run(username, identity);
      });
      ownChanges++;
      return password;
    },
    removeAccount: (username) =>
      changed(db.prepare("DELETE FROM account WHERE username = ?").run(username).changes),
    async authenticate(username, password) {
      const stored = find.get(username);
      const hash = (stored?.hash as Uint8Array | undefined) ?? nobody.hash;
      const proof = prove(hash, password);
      const known = proven.get(username);
      if (stored && known && timingSafeEqual(known, proof)) return account(username);
      const salt = (stored?.salt as Uint8Array | undefined) ?? nobody.salt;
      const given = await scrypt(password, Buffer.from(salt), hashBytes, scryptCost);
      if (!stored || !timingSafeEqual(given, hash)) return undefined;
      proven.set(username, proof);
      return account(username);
    },
    addToken(role, scope, { expiresAt = null, grafana = null } = {}) {
      const token = randomBytes(32).toString("base64url");
      db.prepare("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?)").run(
        sha256(token),
        randomBytes(6).toString("hex"),
        roleSchema.parse(role),
        scopeSchema.parse(scope),
        now(),
        expiresAt,
        grafana,
      );
      ownChanges++;
      return token;
    },
    removeToken: (id) => changed(db.prepare("DELETE FROM token WHERE id = ?").run(id).changes),
    tokens: () =>
      db
        .prepare(`SELECT ${grantColumns} FROM token ORDER BY created_at, id`)
        .all()
        .map((row) => ({ ...row }) as unknown as Grant),
    grant(token) {
      const row = findToken.get(sha256(token));
      if (!row || (row.expiresAt !== null && Number(row.expiresAt) <= now())) return undefined;
      return { ...row } as unknown as Grant;
    },
    version: () => dataVersion(db) + ownChanges,
    close: () => db.close(),
  };
}
