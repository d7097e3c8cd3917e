/** The tables of the book of shared data; never edit one that has shipped. */
export const bookShape = [
  `CREATE TABLE member (
     dataset TEXT NOT NULL, number INTEGER NOT NULL, device TEXT NOT NULL, since INTEGER NOT NULL,
     until INTEGER, PRIMARY KEY (dataset, number)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE period (
     dataset TEXT NOT NULL, start INTEGER NOT NULL, seen BLOB NOT NULL, late BLOB NOT NULL,
     covered_at INTEGER, PRIMARY KEY (dataset, start)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE tally (
     dataset TEXT NOT NULL, month TEXT NOT NULL, readings INTEGER NOT NULL, wrong INTEGER NOT NULL,
     late INTEGER NOT NULL, latest_ms INTEGER NOT NULL, PRIMARY KEY (dataset, month)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE wrong (
     dataset TEXT NOT NULL, ts INTEGER NOT NULL, device TEXT NOT NULL, quantity TEXT NOT NULL,
     value TEXT NOT NULL, flag INTEGER NOT NULL, PRIMARY KEY (dataset, ts, device, quantity)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE ledger (
     dataset TEXT NOT NULL, month TEXT NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (dataset, month)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE ledger_seen (dataset TEXT PRIMARY KEY, counts TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE ends (
     dataset TEXT PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE edition (
     month TEXT NOT NULL, edition INTEGER NOT NULL, issued_at INTEGER NOT NULL, note TEXT,
     body TEXT NOT NULL, PRIMARY KEY (month, edition)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE begun (
     only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL, at INTEGER NOT NULL
   ) STRICT;`,
  `CREATE TABLE tardy (
     dataset TEXT NOT NULL, ts INTEGER NOT NULL, device TEXT NOT NULL, arrived_at INTEGER NOT NULL,
     readings INTEGER NOT NULL, PRIMARY KEY (dataset, ts, device)
   ) STRICT, WITHOUT ROWID;`,
] as const;
