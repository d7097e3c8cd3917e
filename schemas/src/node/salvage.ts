import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { type Cell, isTableLeaf, readTreePage, type StoredRow } from "./b-tree.ts";
import { openPages, type Pages } from "./pages.ts";
import { scanWal, tornFrames } from "./wal.ts";

/** What was done about a damaged file. */
export interface Damage {
  /** Where the damaged file is kept as it was found, with its log beside it as `-wal`. */
  readonly keptAt: string;
  /** What SQLite, or the look at the log, had to say. */
  readonly cause: Error;
  /** Rows that could be read, by table. */
  readonly tables: Readonly<Record<string, { readonly saved: number }>>;
}

/** Whether SQLite says by this error that the file is damaged. */
export function isDamage(error: unknown): boolean {
  // SQLITE_CORRUPT and SQLITE_NOTADB; the low byte is the primary code.
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === "number" && ((code & 0xff) === 11 || (code & 0xff) === 26);
}

/**
 * Damage that SQLite would pass over in silence; undefined when there is none.
 * @param pageBytes size of a page, where the file can't tell any more
 */
export function silentDamage(file: string, pageBytes: number): Error | undefined {
  if (!existsSync(file)) return undefined;
  if (statSync(file).size === 0) return new Error(`${file} is empty`);
  const hidden = scanWal(`${file}-wal`, pageBytes)?.hiddenCommits ?? 0;
  if (hidden > 0) return new Error(`${file}-wal is damaged before ${hidden} of its commits`);
  const torn = tornFrames(file, pageBytes);
  if (torn > 0) return new Error(`${file}-wal has lost ${torn} frames of finished commits`);
  return undefined;
}

/** Says where a damaged file goes while it is being salvaged: a salvage that is cut short is redone. */
const markerOf = (file: string): string => `${file}.salvage`;

/** Where a salvage that was cut short has begun to move the file; undefined when there was none. */
export function unfinishedSalvage(file: string): string | undefined {
  const marker = markerOf(file);
  return existsSync(marker) ? readFileSync(marker, "utf8") || undefined : undefined;
}

/** Moves a database and its log aside, or goes on with it, and gives the path where it is kept. */
export function setAside(file: string, begun: string | undefined, at: number): string {
  let keptAt = begun ?? `${file}.damaged-${at}`;
  for (let n = 1; !begun && existsSync(keptAt); n++) keptAt = `${file}.damaged-${at}-${n}`;
  writeFileSync(markerOf(file), keptAt);
  if (!existsSync(keptAt)) {
    if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${keptAt}-wal`);
    renameSync(file, keptAt);
  }
  for (const rest of [file, `${file}-wal`, `${file}-shm`]) rmSync(rest, { force: true });
  return keptAt;
}

/** The salvage is complete. */
export function finishSalvage(file: string): void {
  rmSync(markerOf(file), { force: true });
}

/** The shape in which a damaged file was written, where its header can still tell. */
export function shapeOf(keptAt: string, pageBytes: number): number | undefined {
  using pages = openPages(keptAt, pageBytes);
  return pages.userVersion;
}

interface Table {
  readonly name: string;
  readonly root: number;
  /** In the order in which a row is stored. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Index of the column that is the rowid by another name; −1 when there is none. */
  readonly alias: number;
  readonly hasRowid: boolean;
  readonly strict: boolean;
}

/**
 * Copies into `fresh`, which has the shape of the damaged file and no rows, every row that stands on
 * a sound page: those that the trees still lead to, and the leaves that a damaged page has cut off.
 * Where a page was freed or is lost with its newest form, an older state of a row may come back.
 */
export function copyReadable(
  keptAt: string,
  pageBytes: number,
  fresh: DatabaseSync,
): Record<string, { saved: number }> {
  using pages = openPages(keptAt, pageBytes);
  const saved: Record<string, { saved: number }> = {};
  const seen = new Set<number>([1]);
  const schema = readSchema(pages, fresh, seen);
  const cutOff: { table: Table; insert: (row: StoredRow) => boolean }[] = [];
  fresh.exec("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE");
  try {
    for (const table of schema.tables) {
      const insert = inserter(fresh, table);
      const count = { saved: 0 };
      saved[table.name] = count;
      const whole = walk(pages, table.root, seen, (row) => {
        if (insert(row)) count.saved += 1;
      });
      if (!whole && table.hasRowid) cutOff.push({ table, insert });
    }
    for (const root of schema.indexes) walk(pages, root, seen, () => {});
    if (cutOff.length > 0) {
      markFree(pages, seen);
      for (const row of orphans(pages, seen)) {
        const owner = cutOff.find(({ insert }) => insert(row));
        const count = owner && saved[owner.table.name];
        if (count) count.saved += 1;
      }
    }
    for (const { cells } of schema.sequences) keepSequence(fresh, cells);
    fresh.exec("COMMIT; PRAGMA foreign_keys = ON");
  } catch (error) {
    if (fresh.isTransaction) fresh.exec("ROLLBACK");
    throw error;
  }
  return saved;
}

/** Gives each row of the tree below `root`; false when a page of it can't be read. */
function walk(
  pages: Pages,
  root: number,
  seen: Set<number>,
  take: (row: StoredRow) => void,
): boolean {
  let whole = true;
  const open = [root];
  for (let n = open.pop(); n !== undefined; n = open.pop()) {
    if (seen.has(n)) {
      whole = false;
      continue;
    }
    const page = readTreePage(pages, n);
    if (!page) {
      whole = false;
      continue;
    }
    seen.add(n);
    for (const other of page.overflow) seen.add(other);
    for (const row of page.rows) take(row);
    open.push(...page.children.toReversed());
  }
  return whole;
}

/** Marks the pages of the free list: what stands on them was deleted. */
function markFree(pages: Pages, seen: Set<number>): void {
  for (let n = pages.freelist; n >= 2 && !seen.has(n); ) {
    const trunk = pages.page(n);
    if (!trunk) return;
    seen.add(n);
    const view = new DataView(trunk.buffer, trunk.byteOffset, trunk.length);
    const leaves = Math.min(view.getUint32(4), pages.usableBytes / 4 - 2);
    for (let i = 0; i < leaves; i++) seen.add(view.getUint32(8 + 4 * i));
    n = view.getUint32(0);
  }
}

/** Rows on sound leaves that no tree leads to any more. */
function* orphans(pages: Pages, seen: ReadonlySet<number>): Generator<StoredRow> {
  for (let n = 2; n <= pages.count; n++) {
    if (!seen.has(n) && isTableLeaf(pages, n)) yield* readTreePage(pages, n)?.rows ?? [];
  }
}

function readSchema(pages: Pages, fresh: DatabaseSync, seen: Set<number>) {
  const found = new Map<string, number>();
  const indexes: number[] = [];
  let sequenceRoot = 0;
  const take = (type: Cell | undefined, name: Cell | undefined, root: Cell | undefined): void => {
    if (typeof name !== "string" || typeof root !== "number") return;
    if (name === "sqlite_sequence") sequenceRoot = root;
    else if (type === "table") found.set(name, root);
    else if (type === "index") indexes.push(root);
  };
  const own = fresh.prepare("SELECT type, name, rootpage FROM sqlite_schema").all();
  // The page of the schema is the first; where it is gone, a file of the same shape has the same roots.
  if (readTreePage(pages, 1)) {
    seen.delete(1);
    walk(pages, 1, seen, ({ cells }) => take(cells[0], cells[1], cells[3]));
  } else {
    for (const row of own) take(row.type as Cell, row.name as Cell, row.rootpage as Cell);
  }
  const tables = own
    .filter((row) => row.type === "table" && !String(row.name).startsWith("sqlite_"))
    .map((row) =>
      tableOf(fresh, String(row.name), found.get(String(row.name)) ?? Number(row.rootpage)),
    );
  const sequences: StoredRow[] = [];
  if (sequenceRoot) walk(pages, sequenceRoot, seen, (row) => sequences.push(row));
  return { tables, indexes, sequences };
}

function tableOf(fresh: DatabaseSync, name: string, root: number): Table {
  const kind = fresh.prepare("SELECT wr, strict FROM pragma_table_list WHERE name = ?").get(name);
  const declared = fresh
    .prepare("SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid")
    .all(name)
    .map((c) => ({ name: String(c.name), type: String(c.type).toUpperCase(), pk: Number(c.pk) }));
  const keys = declared.filter((c) => c.pk > 0).sort((a, b) => a.pk - b.pk);
  const hasRowid = kind?.wr === 0;
  const columns = hasRowid ? declared : [...keys, ...declared.filter((c) => c.pk === 0)];
  const only = keys.length === 1 && keys[0]?.type === "INTEGER" ? keys[0] : undefined;
  const alias = hasRowid && only ? columns.indexOf(only) : -1;
  return { name, root, columns, alias, hasRowid, strict: kind?.strict === 1 };
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Makes the function that puts a row into its table; false when it does not belong there. */
function inserter(fresh: DatabaseSync, table: Table): (row: StoredRow) => boolean {
  const { columns, alias, hasRowid, strict } = table;
  const withRowid = hasRowid && alias < 0;
  const names = [...(withRowid ? ["rowid"] : []), ...columns.map((c) => quote(c.name))];
  const insert = fresh.prepare(
    `INSERT OR IGNORE INTO ${quote(table.name)} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
  );
  return ({ rowid, cells }) => {
    if ((rowid !== undefined) !== hasRowid || cells.length !== columns.length) return false;
    const values = cells.map((cell, i) => (i === alias ? (rowid ?? null) : cell));
    if (strict && !values.every((value, i) => fits(value, columns[i]?.type))) return false;
    const bound = withRowid && rowid !== undefined ? [rowid, ...values] : values;
    try {
      return insert.run(...(bound as SQLInputValue[])).changes > 0;
    } catch {
      // A constraint refuses it: it is no row of this table.
      return false;
    }
  };
}

function fits(cell: Cell, type: string | undefined): boolean {
  if (cell === null || type === "ANY") return true;
  if (type === "TEXT") return typeof cell === "string";
  if (type === "BLOB") return cell instanceof Uint8Array;
  const integer = typeof cell === "bigint" || Number.isInteger(cell);
  return type === "REAL" ? typeof cell === "number" || integer : integer;
}

function keepSequence(fresh: DatabaseSync, [name, seq]: readonly Cell[]): void {
  if (typeof name !== "string" || typeof seq !== "number") return;
  const known = fresh.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?").get(name);
  if (!known) fresh.prepare("INSERT INTO sqlite_sequence VALUES (?, ?)").run(name, seq);
  else if (Number(known.seq) < seq) {
    fresh.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = ?").run(seq, name);
  }
}
