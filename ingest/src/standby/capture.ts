import { readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { DatabaseSync, Session } from "node:sqlite";
import { dataVersion, onDatabaseOpened } from "@kenh/schemas/node";
import type { Part } from "./message.ts";

/** The readings themselves: whoever writes them to a file of its own has no standby. */
const notCopied = new Set(["store.db"]);
/** Rows of the spool stand on disk before what follows from them: a copy keeps that order. */
const first = "spool.db";

/** What is written to the databases of a folder, by this process. */
export interface Capture {
  /** From now on `collect` tells of changes. */
  begin(): void;
  /** Forgets what was not collected, and notes nothing more until `begin`. */
  pause(): void;
  /**
   * What was written since the last time, in the order in which a copy takes it; of one moment.
   * @param others look also for files that another process has changed
   */
  collect(others?: boolean): Part[];
  /** Copies every database as it is at this moment into a folder; gives the names. */
  copy(folder: string): string[];
  /** Idempotent. */
  stop(): void;
}

interface Tracked {
  readonly file: string;
  readonly db: DatabaseSync;
  session: Session | undefined;
  version: number;
  /** Opened after `begin`: the other side has nothing of it. */
  isNew: boolean;
}

/**
 * Notes what goes into each database that this process opens in the folder from now on: SQLite itself says
 * which rows a transaction has changed (its session extension). So whoever keeps state in a database
 * there has it copied without knowing of it. Every table needs a primary key; without one SQLite
 * says nothing of it.
 */
export function startCapture(folder: string): Capture {
  const tracked = new Map<DatabaseSync, Tracked>();
  let isRecording = false;

  const stopListening = onDatabaseOpened((path, db) => {
    const file = basename(path);
    if (resolve(dirname(path)) !== resolve(folder) || notCopied.has(file)) return;
    const one = { file, db, session: undefined, version: dataVersion(db), isNew: isRecording };
    tracked.set(db, one);
    if (isRecording) record(one);
  });

  function record(one: Tracked): void {
    one.session = one.db.createSession();
  }

  /** In the order of a copy; those that were closed meanwhile are forgotten. */
  function open(): Tracked[] {
    for (const { db } of tracked.values()) if (!db.isOpen) tracked.delete(db);
    return [...tracked.values()].sort(
      (a, b) => Number(b.file === first) - Number(a.file === first),
    );
  }

  function wholeOf({ file, db }: Tracked): Part {
    const beside = join(folder, `${file}.sent`);
    rmSync(beside, { force: true });
    db.prepare("VACUUM INTO ?").run(beside);
    const content = readFileSync(beside);
    rmSync(beside);
    return { file, how: "whole", content };
  }

  function take(one: Tracked, others: boolean): Part | undefined {
    const { file, session, db } = one;
    if (!session) return undefined;
    const content = session.patchset();
    if (content.length === 0 && !others && !one.isNew) return undefined;
    if (content.length > 0) {
      session.close();
      record(one);
    }
    const version = dataVersion(db);
    const isOthers = version !== one.version;
    one.version = version;
    if (isOthers || one.isNew) {
      one.isNew = false;
      return wholeOf(one);
    }
    return content.length > 0 ? { file, how: "changes", content } : undefined;
  }

  return {
    begin() {
      if (isRecording) return;
      isRecording = true;
      for (const one of open()) {
        one.version = dataVersion(one.db);
        record(one);
      }
    },
    pause() {
      isRecording = false;
      for (const one of open()) {
        one.session?.close();
        one.session = undefined;
        one.isNew = false;
      }
    },
    collect(others = false) {
      const parts = open().flatMap((one) => take(one, others) ?? []);
      // A file that is sent as a whole, as it is now, has what another connection of ours wrote to it.
      const whole = new Set(parts.filter(({ how }) => how === "whole").map(({ file }) => file));
      return parts.filter(({ file, how }) => how === "whole" || !whole.has(file));
    },
    copy(into) {
      const files = new Set<string>();
      for (const { file, db } of open()) {
        if (files.has(file)) continue;
        files.add(file);
        db.prepare("VACUUM INTO ?").run(join(into, file));
      }
      return [...files];
    },
    stop() {
      stopListening();
      tracked.clear();
    },
  };
}
