import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { constants, DatabaseSync } from "node:sqlite";
import { syncFolder, writeDurably } from "./durable.ts";
import { decodeMessage, encodeMessage, type Message, type Part, partsOf } from "./message.ts";

/** The last frame, as it came: taken again at a start, for one that was cut short between two files. */
const frameFile = "standby.frame";
const incoming = ".incoming";

/** A copy of the leader's databases that is not what the leader's are. */
export class Diverged extends Error {
  override readonly name = "Diverged";
}

/** The databases of a folder as a copy of the leader's. */
export interface Replica {
  /** Takes a piece of a file that is to replace the one here. */
  copy(file: string, first: boolean, bytes: Uint8Array): void;
  /** Replaces all databases here by those that were copied. */
  replace(files: readonly string[]): void;
  /**
   * Takes a frame; on disk when it returns.
   * @throws Diverged when it does not follow from what is here
   */
  apply(frame: Message): void;
  /** Closes all; what is here is whole. Idempotent. */
  close(): void;
}

export function openReplica(folder: string): Replica {
  const open = new Map<string, DatabaseSync>();
  const copying = new Map<string, number>();

  function databaseOf(file: string): DatabaseSync {
    let db = open.get(file);
    if (!db) {
      // Rows come in an order of their own: what refers to what is checked where it is written.
      db = new DatabaseSync(join(folder, file), { enableForeignKeyConstraints: false });
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      open.set(file, db);
    }
    return db;
  }

  function letGo(file: string): void {
    open.get(file)?.close();
    open.delete(file);
  }

  function put({ file, how, content }: Part, again: boolean): void {
    if (how === "whole") {
      letGo(file);
      removeJournal(folder, file);
      writeDurably(join(folder, file), content);
      return;
    }
    const { SQLITE_CHANGESET_OMIT, SQLITE_CHANGESET_ABORT } = constants;
    const onConflict = () => (again ? SQLITE_CHANGESET_OMIT : SQLITE_CHANGESET_ABORT);
    if (!databaseOf(file).applyChangeset(content, { onConflict })) {
      throw new Diverged(`${file} is not what the leader's was before the change`);
    }
  }

  function closeAll(): void {
    for (const file of [...open.keys()]) letGo(file);
  }

  function endCopies(): void {
    for (const handle of copying.values()) closeSync(handle);
    copying.clear();
  }

  // A frame that was taken whole says nothing new the second time.
  const last = join(folder, frameFile);
  if (existsSync(last)) {
    for (const part of partsOf(decodeMessage(readFileSync(last)))) put(part, true);
  }

  return {
    copy(file, isFirst, bytes) {
      if (isFirst) {
        const before = copying.get(file);
        if (before !== undefined) closeSync(before);
        copying.set(file, openSync(join(folder, `${file}${incoming}`), "w", 0o600));
      }
      const handle = copying.get(file);
      if (handle === undefined) throw new Diverged(`the beginning of ${file} did not come`);
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
    },
    replace(files) {
      endCopies();
      closeAll();
      rmSync(last, { force: true });
      for (const name of readdirSync(folder)) {
        if (/^(?!store\.).*\.db(-wal|-shm)?$/.test(name)) rmSync(join(folder, name));
      }
      for (const file of files) {
        const path = join(folder, file);
        renameSync(`${path}${incoming}`, path);
        const handle = openSync(path, "r+");
        fsyncSync(handle);
        closeSync(handle);
      }
      syncFolder(folder);
    },
    apply(frame) {
      const parts = partsOf(frame);
      writeDurably(last, encodeMessage(frame.head, frame.body));
      for (const part of parts) put(part, false);
    },
    close() {
      endCopies();
      closeAll();
      rmSync(last, { force: true });
    },
  };
}

function removeJournal(folder: string, file: string): void {
  for (const end of ["-wal", "-shm"]) rmSync(join(folder, `${file}${end}`), { force: true });
}
