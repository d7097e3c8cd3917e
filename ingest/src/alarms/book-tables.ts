import { dispatchTables } from "./dispatch/dispatch-book.ts";

/** The tables of the book of alarms, step by step: a step that has been shipped is never changed. */
export const migrations = [
  `CREATE TABLE alarm (
     id TEXT PRIMARY KEY, device TEXT NOT NULL, rule TEXT NOT NULL, state TEXT NOT NULL,
     priority INTEGER NOT NULL, first INTEGER NOT NULL, revision INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX one_alarm_at_a_time ON alarm (device, rule) WHERE state <> 'normal';
   CREATE INDEX alarm_by_revision ON alarm (revision);
   CREATE INDEX alarm_by_source ON alarm (device, rule, first);
   CREATE TABLE transition (
     revision INTEGER PRIMARY KEY, alarm TEXT NOT NULL, device TEXT NOT NULL, rule TEXT NOT NULL,
     point_ts INTEGER NOT NULL, line TEXT NOT NULL, json TEXT NOT NULL
   ) STRICT;
   CREATE INDEX transition_by_alarm ON transition (alarm, revision);
   CREATE UNIQUE INDEX one_point ON transition (device, rule, point_ts);
   CREATE TABLE evaluation (
     device TEXT NOT NULL, rule TEXT NOT NULL, position INTEGER NOT NULL, last_ts INTEGER,
     active INTEGER NOT NULL, since INTEGER, PRIMARY KEY (device, rule)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE position (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL) STRICT;
   CREATE TABLE announced (way TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE answered (
     key TEXT PRIMARY KEY, request TEXT NOT NULL, json TEXT NOT NULL, at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // Until here every rule had one level and no memory.
  `ALTER TABLE evaluation RENAME TO evaluation_of_one_level;
   CREATE TABLE evaluation (
     device TEXT NOT NULL, rule TEXT NOT NULL, position INTEGER NOT NULL, state TEXT NOT NULL,
     PRIMARY KEY (device, rule)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO evaluation SELECT device, rule, position, json_object(
     'lastTs', last_ts, 'level', iif(active, 0, NULL), 'due', NULL, 'elapsed', NULL,
     'levels', iif(active OR since IS NOT NULL, json_array(json_object(
       'on', json(iif(active, 'true', 'false')), 'since', since, 'count', since IS NOT NULL)), json('[]')),
     'value', NULL, 'mark', NULL, 'memory', NULL) FROM evaluation_of_one_level;
   DROP TABLE evaluation_of_one_level;`,
  // Until here readings were judged in the order of the spool, each rule of a device by itself.
  `CREATE TABLE subject (
     identity TEXT PRIMARY KEY, agent TEXT, recent TEXT NOT NULL,
     states TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   INSERT INTO subject SELECT device, NULL, '', json_group_object(rule, json(state))
     FROM evaluation GROUP BY device;
   DROP TABLE evaluation;
   CREATE TABLE cut (only INTEGER PRIMARY KEY CHECK (only = 1), body TEXT NOT NULL) STRICT;
   INSERT INTO cut SELECT 1, json_object('position', position, 'held', json('{}'),
     'clock', json('[0,0]')) FROM position;
   DROP TABLE position;
   CREATE TABLE explained (
     cause TEXT NOT NULL, alarm TEXT NOT NULL, PRIMARY KEY (cause, alarm)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE late (
     id INTEGER PRIMARY KEY, device TEXT NOT NULL, rule TEXT NOT NULL, ts INTEGER NOT NULL,
     value TEXT NOT NULL, UNIQUE (device, rule, ts)
   ) STRICT;
   CREATE INDEX transition_by_time ON transition (point_ts);`,
  dispatchTables,
];
