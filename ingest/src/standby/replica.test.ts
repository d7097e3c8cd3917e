import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openDatabase, transaction } from "@kenh/schemas/node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { type Capture, startCapture } from "./capture.ts";
import { decodeMessage, encodeFrame, type Message, type Part } from "./message.ts";
import { Diverged, openReplica, type Replica } from "./replica.ts";

const migrations = [
  `CREATE TABLE line (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL) STRICT;
   CREATE TABLE known (name TEXT PRIMARY KEY, n INTEGER NOT NULL, body BLOB) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX one_at_a_time ON known (n) WHERE n > 0;`,
];
const files = ["alarms.db", "spool.db"] as const;

/** What a process writes: to which file, and what. */
const writes = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("add"), file: fc.constantFrom(...files), text: fc.string() }),
    fc.record({
      do: fc.constant("put"),
      file: fc.constantFrom(...files),
      name: fc.constantFrom("a", "b", "c"),
      n: fc.integer({ min: -9, max: 0 }),
    }),
    fc.record({
      do: fc.constant("remove"),
      file: fc.constantFrom(...files),
      name: fc.constantFrom("a", "b", "c"),
    }),
    fc.record({ do: fc.constant("trim"), file: fc.constantFrom(...files) }),
    fc.record({ do: fc.constant("fail"), file: fc.constantFrom(...files) }),
    fc.record({ do: fc.constant("collect") }),
    fc.record({ do: fc.constant("reopen") }),
  ),
  { maxLength: 40 },
);

function write(db: DatabaseSync, step: { do: string } & Record<string, unknown>): void {
  const { text = "", name = "", n = 0 } = step as { text?: string; name?: string; n?: number };
  if (step.do === "add") db.prepare("INSERT INTO line (text) VALUES (?)").run(text);
  if (step.do === "put")
    db.prepare("INSERT OR REPLACE INTO known VALUES (?, ?, ?)").run(name, n, Buffer.from(name));
  if (step.do === "remove") db.prepare("DELETE FROM known WHERE name = ?").run(name);
  if (step.do === "trim") db.exec("DELETE FROM line WHERE id < (SELECT max(id) FROM line)");
  if (step.do === "fail") {
    const failing = () =>
      transaction(db, () => {
        db.exec("INSERT INTO line (text) VALUES ('never')");
        throw new Error("cut short");
      });
    expect(failing).toThrow("cut short");
  }
}

function contentOf(folder: string): unknown {
  return files.map((file) => {
    const db = new DatabaseSync(join(folder, file), { readOnly: true });
    const rows = ["line", "known"].map((table) => db.prepare(`SELECT * FROM ${table}`).all());
    db.close();
    return rows;
  });
}

function frameOf(n: number, parts: readonly Part[]): Message {
  return decodeMessage(encodeFrame(1, n, parts));
}

/** A folder that is written to, and its copy. */
function makePair(root: string) {
  const [from, to] = [join(root, "leader"), join(root, "standby")];
  for (const folder of [from, to]) mkdirSync(folder, { recursive: true });
  const capture = startCapture(from);
  const dbs = new Map(
    files.map((file) => [file as string, openDatabase(join(from, file), { migrations })]),
  );
  return { from, to, capture, dbs };
}

function copyAll(capture: Capture, replica: Replica, root: string): void {
  const beside = join(root, "copy");
  mkdirSync(beside, { recursive: true });
  capture.begin();
  const names = capture.copy(beside);
  for (const name of names) {
    const bytes = readFileSync(join(beside, name));
    replica.copy(name, true, bytes.subarray(0, 100));
    replica.copy(name, false, bytes.subarray(100));
  }
  replica.replace(names);
}

test("a copy has what the leader has, whatever is written and whenever the copy is killed", () => {
  fc.assert(
    fc.property(writes, (steps) => {
      using folder = temporaryFolder();
      const { from, to, capture, dbs } = makePair(folder.path);
      (dbs.get("alarms.db") as DatabaseSync).exec("INSERT INTO line (text) VALUES ('before')");
      let replica = openReplica(to);
      copyAll(capture, replica, folder.path);
      let n = 0;
      const take = (): void => {
        const parts = capture.collect();
        if (parts.length > 0) replica.apply(frameOf(++n, parts));
      };
      for (const step of steps) {
        if ("file" in step) write(dbs.get(step.file) as DatabaseSync, step);
        else if (step.do === "collect") take();
        // As after a kill: the last frame is taken once more.
        else replica = openReplica(to);
      }
      take();
      replica.close();
      expect(contentOf(to)).toEqual(contentOf(from));
      capture.stop();
      for (const db of dbs.values()) db.close();
    }),
    { numRuns: 25 },
  );
});

test("what another process writes comes as a whole file, and so does a file that is new", () => {
  using folder = temporaryFolder();
  const { from, to, capture, dbs } = makePair(folder.path);
  const replica = openReplica(to);
  copyAll(capture, replica, folder.path);
  const other = new DatabaseSync(join(from, "alarms.db"));
  other.exec("INSERT INTO line (text) VALUES ('by another')");
  other.close();
  const late = openDatabase(join(from, "late.db"), { migrations });
  late.exec("INSERT INTO line (text) VALUES ('new')");
  expect(capture.collect().map(({ file, how }) => [file, how])).toEqual([["late.db", "whole"]]);
  const parts = capture.collect(true);
  expect(parts.map(({ file, how }) => [file, how])).toEqual([["alarms.db", "whole"]]);
  replica.apply(frameOf(1, parts));
  replica.close();
  expect(contentOf(to)).toEqual(contentOf(from));
  capture.stop();
  for (const db of [...dbs.values(), late]) db.close();
});

test("a change that does not follow from what is there is refused", () => {
  using folder = temporaryFolder();
  const { to, capture, dbs } = makePair(folder.path);
  const replica = openReplica(to);
  copyAll(capture, replica, folder.path);
  (dbs.get("spool.db") as DatabaseSync).exec("INSERT INTO known VALUES ('a', 1, NULL)");
  const parts = capture.collect();
  replica.apply(frameOf(1, parts));
  expect(() => replica.apply(frameOf(2, parts))).toThrow(Diverged);
  replica.close();
  capture.stop();
  for (const db of dbs.values()) db.close();
});
