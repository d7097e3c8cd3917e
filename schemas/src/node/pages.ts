import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { isPageSize, scanWal } from "./wal.ts";

/** The pages of a database file, read past SQLite, whatever state they are in. */
export interface Pages extends Disposable {
  readonly pageSize: number;
  /** Bytes of a page that hold content. */
  readonly usableBytes: number;
  readonly count: number;
  /** `PRAGMA user_version`; undefined when the header is damaged. */
  readonly userVersion: number | undefined;
  /** Page `n`, from 1, in its newest sound form; undefined when the file does not reach it. */
  page(n: number): Uint8Array | undefined;
  /** First trunk page of the list of free pages; 0 when there is none or the header is damaged. */
  readonly freelist: number;
}

const magic = "SQLite format 3\0";

/**
 * Opens a file and the write-ahead log beside it for reading page by page.
 * @param usualPageSize what a page has where neither can tell any more
 */
export function openPages(file: string, usualPageSize: number): Pages {
  const fd = openSync(file, "r");
  const read = (length: number, at: number): Uint8Array | undefined => {
    const bytes = new Uint8Array(length);
    return readSync(fd, bytes, 0, length, at) === length ? bytes : undefined;
  };
  const first = read(100, 0);
  const declared = first ? pageSizeOf(first) : undefined;
  const wal = scanWal(`${file}-wal`, declared ?? usualPageSize);
  const pageSize = declared ?? wal?.pageSize ?? usualPageSize;
  const header = headerOf(wal?.pages.get(1)) ?? headerOf(first);
  const inFile = Math.floor(fstatSync(fd).size / pageSize);
  return {
    pageSize,
    usableBytes: pageSize - (header?.getUint8(20) ?? 0),
    count: Math.max(inFile, ...(wal?.pages.keys() ?? [])),
    userVersion: header?.getUint32(60),
    freelist: header?.getUint32(32) ?? 0,
    page: (n) => wal?.pages.get(n) ?? (n >= 1 ? read(pageSize, (n - 1) * pageSize) : undefined),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function headerOf(page: Uint8Array | undefined): DataView | undefined {
  if (!page || Buffer.from(page.subarray(0, 16)).toString("latin1") !== magic) return undefined;
  return new DataView(page.buffer, page.byteOffset, page.length);
}

function pageSizeOf(page: Uint8Array): number | undefined {
  const size = headerOf(page)?.getUint16(16);
  if (size === undefined) return undefined;
  if (size === 1) return 65_536;
  return isPageSize(size) ? size : undefined;
}
