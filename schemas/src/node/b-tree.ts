import type { Pages } from "./pages.ts";

/** A value as SQLite stores it. */
export type Cell = null | number | bigint | string | Uint8Array;

/** A row as it stands on a page. `rowid` is undefined in a table WITHOUT ROWID. */
export interface StoredRow {
  readonly rowid: number | bigint | undefined;
  readonly cells: readonly Cell[];
}

/** One page of a b-tree. */
export interface TreePage {
  readonly rows: readonly StoredRow[];
  readonly children: readonly number[];
  /** Pages that continue rows too long for this one. */
  readonly overflow: readonly number[];
}

const kinds = { indexInterior: 2, tableInterior: 5, indexLeaf: 10, tableLeaf: 13 } as const;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads page `n` as part of a table or an index (https://www.sqlite.org/fileformat2.html#b_tree_pages).
 * Undefined when it is not sound in every cell: a page that is half right is not to be believed.
 */
export function readTreePage(pages: Pages, n: number): TreePage | undefined {
  try {
    return parse(pages, n);
  } catch (error) {
    // Offsets beyond the page and text that is no UTF-8: the page is damaged.
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Whether page `n` claims to be a leaf of a table. */
export function isTableLeaf(pages: Pages, n: number): boolean {
  return pages.page(n)?.[0] === kinds.tableLeaf;
}

function parse(pages: Pages, n: number): TreePage | undefined {
  const bytes = pages.page(n);
  if (!bytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = n === 1 ? 100 : 0;
  const kind = view.getUint8(start);
  const isTable = kind === kinds.tableInterior || kind === kinds.tableLeaf;
  const isInterior = kind === kinds.tableInterior || kind === kinds.indexInterior;
  if (!isTable && !isInterior && kind !== kinds.indexLeaf) return undefined;
  const count = view.getUint16(start + 3);
  const pointers = start + (isInterior ? 12 : 8);
  if (pointers + 2 * count > pages.usableBytes) return undefined;

  const rows: StoredRow[] = [];
  const children: number[] = [];
  const overflow: number[] = [];
  for (let i = 0; i < count; i++) {
    let at = view.getUint16(pointers + 2 * i);
    if (at < pointers + 2 * count) return undefined;
    if (isInterior) {
      children.push(view.getUint32(at));
      at += 4;
    }
    if (kind === kinds.tableInterior) continue;
    const [length, afterLength] = varint(view, at);
    const [rowid, body] = isTable ? varint(view, afterLength) : [undefined, afterLength];
    const payload = payloadAt(pages, view, body, Number(length), isTable, overflow);
    if (!payload) return undefined;
    // A row whose continuation is gone is lost alone; its neighbours stand whole on this page.
    if (payload === "cut off") continue;
    const cells = decode(payload);
    if (!cells) return undefined;
    rows.push({ rowid: rowid === undefined ? undefined : small(BigInt.asIntN(64, rowid)), cells });
  }
  if (isInterior) children.push(view.getUint32(start + 8));
  if (children.some((child) => child < 2 || child > pages.count)) return undefined;
  return { rows, children, overflow };
}

/** A number of 1 to 9 bytes, and where it ends. */
function varint(view: DataView, at: number): [bigint, number] {
  let value = 0n;
  for (let i = 0; i < 8; i++) {
    const byte = view.getUint8(at + i);
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return [value, at + i + 1];
  }
  return [(value << 8n) | BigInt(view.getUint8(at + 8)), at + 9];
}

const small = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

function payloadAt(
  pages: Pages,
  view: DataView,
  at: number,
  length: number,
  isTable: boolean,
  overflow: number[],
): Uint8Array | "cut off" | undefined {
  const usable = pages.usableBytes;
  if (length > usable * pages.count) return undefined;
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const spread = least + ((length - least) % (usable - 4));
  const local = length <= most ? length : spread <= most ? spread : least;
  if (at + local > usable) return undefined;
  const payload = new Uint8Array(length);
  payload.set(new Uint8Array(view.buffer, view.byteOffset + at, local));
  let filled = local;
  let next = local < length ? view.getUint32(at + local) : 0;
  while (filled < length) {
    const page = next >= 2 ? pages.page(next) : undefined;
    // A wiped page would pass for text of zeros.
    if (!page?.some((byte) => byte !== 0)) return "cut off";
    overflow.push(next);
    const part = page.subarray(4, Math.min(usable, 4 + length - filled));
    payload.set(part, filled);
    filled += part.length;
    next = new DataView(page.buffer, page.byteOffset).getUint32(0);
  }
  return next === 0 ? payload : "cut off";
}

/** The cells of a record; undefined unless its lengths add up exactly. */
function decode(payload: Uint8Array): Cell[] | undefined {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const [headerLength, first] = varint(view, 0);
  const bodyStart = Number(headerLength);
  const cells: Cell[] = [];
  let body = bodyStart;
  let at = first;
  while (at < bodyStart) {
    const [type, after] = varint(view, at);
    at = after;
    const [cell, length] = cellOf(view, body, Number(type));
    if (cell === undefined) return undefined;
    cells.push(cell);
    body += length;
  }
  return at === bodyStart && body === payload.length ? cells : undefined;
}

const integerBytes = [0, 1, 2, 3, 4, 6, 8] as const;

function cellOf(view: DataView, at: number, type: number): [Cell | undefined, number] {
  if (type === 0) return [null, 0];
  if (type === 7) return [view.getFloat64(at), 8];
  if (type === 8 || type === 9) return [type - 8, 0];
  if (type < 7) {
    const bytes = integerBytes[type] ?? 0;
    let value = 0n;
    for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(view.getUint8(at + i));
    return [small(BigInt.asIntN(8 * bytes, value)), bytes];
  }
  if (type < 12) return [undefined, 0];
  const length = Math.floor((type - 12) / 2);
  if (at + length > view.byteLength) return [undefined, 0];
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  return [type % 2 === 0 ? bytes.slice() : utf8.decode(bytes), length];
}
