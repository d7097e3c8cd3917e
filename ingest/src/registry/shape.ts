import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "@kenh/schemas/node";

/** The path of the place that an identity ends in, in SQL. */
const siteOfIdentity = "rtrim(rtrim(identity, replace(identity, '/', '')), '/')";

const migrations = [
  `CREATE TABLE device (
     identity TEXT PRIMARY KEY, body TEXT NOT NULL, changed_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // Names of sites stood at their devices.
  `CREATE TABLE record (
     kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, changed_at INTEGER NOT NULL,
     PRIMARY KEY (kind, key)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO record
     SELECT 'device', identity, json_remove(body, '$.siteLabel'), changed_at FROM device;
   INSERT OR REPLACE INTO record
     SELECT 'site', ${siteOfIdentity},
       json_object('site', ${siteOfIdentity}, 'label', json(body ->> '$.siteLabel')), changed_at
     FROM device WHERE body ->> '$.siteLabel' IS NOT NULL;
   DROP TABLE device;
   CREATE TABLE change (
     id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, how TEXT NOT NULL, comment TEXT,
     undoes INTEGER, size INTEGER NOT NULL, digest TEXT NOT NULL, hash TEXT NOT NULL
   ) STRICT;
   CREATE INDEX change_undoes ON change (undoes) WHERE undoes IS NOT NULL;
   CREATE TABLE edit (
     change INTEGER NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, before TEXT, after TEXT,
     PRIMARY KEY (change, key, kind)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX edit_by_key ON edit (key, kind, change);
   CREATE TRIGGER change_stays BEFORE UPDATE ON change BEGIN SELECT RAISE(ABORT, 'what was changed is never rewritten'); END;
   CREATE TRIGGER change_is_kept BEFORE DELETE ON change BEGIN SELECT RAISE(ABORT, 'what was changed is never rewritten'); END;
   CREATE TRIGGER edit_stays BEFORE UPDATE ON edit BEGIN SELECT RAISE(ABORT, 'what was changed is never rewritten'); END;
   CREATE TRIGGER edit_is_kept BEFORE DELETE ON edit BEGIN SELECT RAISE(ABORT, 'what was changed is never rewritten'); END;`,
];

/** Opens or creates the file of a registry, and brings an older one up to date. */
export function openRegistryFile(file: string): DatabaseSync {
  return openDatabase(file, { migrations });
}
