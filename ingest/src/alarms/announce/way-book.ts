import type { Identity, Priority } from "@kenh/schemas";
import { openDatabase, transaction } from "@kenh/schemas/node";

/** A transition that a way out will never take. */
export interface RefusedTransition {
  readonly way: string;
  readonly revision: number;
  readonly alarm: string;
  readonly device: Identity;
  readonly reason: string;
  /** By the station's clock. */
  readonly at: number;
}

/** An alarm that nobody has acknowledged. */
export interface WaitingAlarm {
  readonly alarm: string;
  readonly device: Identity;
  readonly priority: Priority;
  readonly version: number;
  /** False while its condition has gone: nobody is called for what is over. */
  readonly active: boolean;
  /** Since when, by the station's clock. */
  readonly since: number;
  /** The time after which somebody was last told of it; 0 when nobody was. */
  readonly toldAfterMs: number;
}

/** Refusals that are kept, the last ones. */
const refusedKept = 1000;

const migrations = [
  `CREATE TABLE known (way TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE refused (
     id INTEGER PRIMARY KEY, way TEXT NOT NULL, revision INTEGER NOT NULL, alarm TEXT NOT NULL,
     device TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (way, revision)
   ) STRICT;
   CREATE TABLE waiting (
     alarm TEXT PRIMARY KEY, device TEXT NOT NULL, priority INTEGER NOT NULL, version INTEGER NOT NULL,
     active INTEGER NOT NULL, since INTEGER NOT NULL, toldAfterMs INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/** What the ways out and the escalation have to remember, in one small file. */
export interface WayBook {
  /** Whether a way of this name has been in force before. */
  knows(way: string): boolean;
  note(way: string): void;
  refuse(refused: RefusedTransition): void;
  /** The last ones first. */
  refused(): RefusedTransition[];
  waiting(): WaitingAlarm[];
  /** Takes in what has changed, all or nothing; null ends the waiting. */
  putWaiting(changes: ReadonlyMap<string, WaitingAlarm | null>): void;
  close(): void;
}

/** @param onDamage told where a damaged file is kept; what could be read of it is in the new one */
export function openWayBook(file: string, onDamage: (keptAt: string) => void): WayBook {
  const db = openDatabase(file, { migrations, onDamage: ({ keptAt }) => onDamage(keptAt) });
  const find = db.prepare("SELECT 1 FROM known WHERE way = ?");
  const add = db.prepare("INSERT OR IGNORE INTO known VALUES (?)");
  const addRefused = db.prepare(
    "INSERT OR IGNORE INTO refused (way, revision, alarm, device, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const forgetRefused = db.prepare(
    "DELETE FROM refused WHERE id <= (SELECT max(id) FROM refused) - ?",
  );
  const allRefused = db.prepare(
    "SELECT way, revision, alarm, device, reason, at FROM refused ORDER BY id DESC",
  );
  const allWaiting = db.prepare("SELECT * FROM waiting ORDER BY since, alarm");
  const put = db.prepare("INSERT OR REPLACE INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?)");
  const end = db.prepare("DELETE FROM waiting WHERE alarm = ?");
  return {
    knows: (way) => find.get(way) !== undefined,
    note: (way) => void add.run(way),
    refuse({ way, revision, alarm, device, reason, at }) {
      transaction(db, () => {
        addRefused.run(way, revision, alarm, device, reason, at);
        forgetRefused.run(refusedKept);
      });
    },
    refused: () => allRefused.all().map((row) => ({ ...row }) as unknown as RefusedTransition),
    waiting: () =>
      allWaiting
        .all()
        .map((row) => ({ ...row, active: row.active === 1 }) as unknown as WaitingAlarm),
    putWaiting(changes) {
      transaction(db, () => {
        for (const [alarm, row] of changes) {
          if (!row) {
            end.run(alarm);
            continue;
          }
          const { device, priority, version, active, since, toldAfterMs } = row;
          put.run(alarm, device, priority, version, active ? 1 : 0, since, toldAfterMs);
        }
      });
    },
    close: () => db.isOpen && db.close(),
  };
}
