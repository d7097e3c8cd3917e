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
import { type Bridges, bridgeShape, keepBridges } from "./bridges.ts";
import { type Certificates, certificateShape, keepCertificates } from "./certificates.ts";
import { type Codes, codeShape, keepCodes } from "./codes.ts";
import { dataVersion, openDatabase, transaction } from "./database.ts";
import { eventShape, type IdentityEvents, keepEvents } from "./identity-events.ts";
import { type Joins, joinShape, keepJoins, siteSchema } from "./joins.ts";

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
  /** Sites (`province/unit/site`) of which it may bring devices that nobody has registered. */
  readonly joins: readonly string[];
  /** Units (`province/unit`) for whose own station it speaks. */
  readonly bridges: readonly string[];
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
   * @param joins sites of which it may bring unknown devices; left out, it keeps those that it has
   * @throws ZodError when an identity or a site is not well formed.
   */
  addAccount(
    username: string,
    publishes: readonly Identity[],
    joins?: readonly string[],
  ): Promise<string>;
  /**
   * Makes an account that has no password, for a certificate; one that exists keeps all that it has
   * and gets these besides.
   * @throws ZodError when an identity or a site is not well formed.
   */
  openAccount(username: string, publishes: readonly Identity[], joins?: readonly string[]): void;
  /**
   * Makes everything void by which this account proves itself: password, certificates, open codes.
   * What it may do stays as it is, for credentials to come.
   * @returns undefined when there is nothing to revoke
   */
  revoke(username: string): { certificates: number; codes: number } | undefined;
  /** Takes the account away with all its credentials. False when there was none. */
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
  /** Client certificates of the station's own authority. */
  readonly certificates: Certificates;
  /** One-time codes for enrolment. */
  readonly codes: Codes;
  /** Who brought which unknown device. */
  readonly joins: Joins;
  /** Units that have a station of their own, and its accounts. */
  readonly bridges: Bridges;
  /** What happened to credentials and is on its way into the audit log. */
  readonly events: IdentityEvents;
  /** Differs whenever accounts, tokens or certificates were changed, here or by another process. */
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
  `${joinShape}${codeShape}${certificateShape}${eventShape}`,
  bridgeShape,
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

  const touched = (): void => {
    ownChanges++;
  };
  const certificates = keepCertificates(db, now, touched);
  const codes = keepCodes(db, now, touched);
  const joins = keepJoins(db, now, touched);
  const bridges = keepBridges(db, touched);

  const insertPublish = db.prepare("INSERT OR IGNORE INTO publishes VALUES (?, ?)");
  const findSites = db.prepare("SELECT site FROM joins WHERE username = ? ORDER BY 1");

  function account(username: string): Account | undefined {
    const stored = find.get(username);
    if (!stored) return undefined;
    return {
      username,
      publishes: identities.all(username).map((row) => String(row.identity)),
      joins: findSites.all(username).map((row) => String(row.site)),
      bridges: bridges.of(username),
      revision: Buffer.from(stored.salt as Uint8Array).toString("base64url"),
    };
  }

  const putAccount = db.prepare(
    `INSERT INTO account VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET salt = excluded.salt, hash = excluded.hash, changed_at = excluded.changed_at`,
  );
  /** A hash of nothing: no password fits. */
  function closePassword(username: string): void {
    putAccount.run(username, randomBytes(16), randomBytes(hashBytes), now());
  }

  return {
    account,
    certificates,
    codes,
    joins,
    bridges,
    events: keepEvents(db, now),
    async addAccount(username, publishes, sites) {
      const owned = publishes.map((identity) => identitySchema.parse(identity));
      const joined = sites?.map((site) => siteSchema.parse(site));
      const password = randomBytes(24).toString("base64url");
      const salt = randomBytes(16);
      const hash = await scrypt(password, salt, hashBytes, scryptCost);
      transaction(db, () => {
        putAccount.run(username, salt, hash, now());
        db.prepare("DELETE FROM publishes WHERE username = ?").run(username);
        for (const identity of owned) insertPublish.run(username, identity);
        if (joined) joins.set(username, joined);
      });
      touched();
      return password;
    },
    openAccount(username, publishes, sites = []) {
      const owned = publishes.map((identity) => identitySchema.parse(identity));
      const joined = sites.map((site) => siteSchema.parse(site));
      transaction(db, () => {
        if (!find.get(username)) closePassword(username);
        for (const identity of owned) insertPublish.run(username, identity);
        joins.add(username, joined);
      });
      touched();
    },
    revoke(username) {
      const done = transaction(db, () => {
        const known = find.get(username) !== undefined;
        if (known) closePassword(username);
        const revoked = {
          certificates: certificates.revokeAll(username, "revoked"),
          codes: codes.close(username),
        };
        return known || revoked.codes > 0 ? revoked : undefined;
      });
      touched();
      return done;
    },
    removeAccount: (username) =>
      changed(
        transaction(db, () => {
          // Whoever gets this name later is somebody else.
          certificates.revokeAll(username, "revoked");
          codes.close(username);
          return db.prepare("DELETE FROM account WHERE username = ?").run(username).changes;
        }),
      ),
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
