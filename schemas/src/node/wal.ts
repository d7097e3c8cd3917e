import { existsSync, readFileSync } from "node:fs";

/** What a write-ahead log holds (https://www.sqlite.org/fileformat2.html#walformat). */
export interface WalScan {
  readonly pageSize: number;
  /** The newest sound image of each page that was committed. */
  readonly pages: ReadonlyMap<number, Uint8Array>;
  /**
   * Commits that stand behind a damaged frame, where SQLite no longer sees them. What a crash leaves
   * at the tail is no commit and does not count.
   */
  readonly hiddenCommits: number;
  /** Frames up to the last commit that SQLite sees. */
  readonly frames: number;
  /** Marks the present run of frames. */
  readonly salt: Uint8Array;
}

const headerBytes = 32;
const frameHeaderBytes = 24;

/** Scans a log frame by frame; undefined when there is none or nothing in it. */
export function scanWal(file: string, fallbackPageSize: number): WalScan | undefined {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  if (bytes.length <= headerBytes + frameHeaderBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0);
  // The last bit tells the byte order of the checksums; a broken header leaves the usual one.
  const littleEndian = magic !== 0x377f0683;
  const declared = view.getUint32(8);
  const pageSize = isPageSize(declared) ? declared : fallbackPageSize;
  const headerSum = sum(view, 0, 24, [0, 0], littleEndian);
  const headerSound =
    (magic & ~1) >>> 0 === 0x377f0682 &&
    headerSum[0] === view.getUint32(24) &&
    headerSum[1] === view.getUint32(28);
  // A broken header no longer says which run of frames is the present one: the first frame does.
  const saltAt = headerSound ? 16 : headerBytes + 8;
  const salt = [view.getUint32(saltAt), view.getUint32(saltAt + 4)] as const;

  const frameBytes = frameHeaderBytes + pageSize;
  let chained = headerSound;
  let previous: Sum = [view.getUint32(24), view.getUint32(28)];
  let hiddenCommits = 0;
  let frames = 0;
  const pages = new Map<number, Uint8Array>();
  let uncommitted = new Map<number, Uint8Array>();
  for (let at = headerBytes; at + frameBytes <= bytes.length; at += frameBytes) {
    const stored: Sum = [view.getUint32(at + 16), view.getUint32(at + 20)];
    const ours = view.getUint32(at + 8) === salt[0] && view.getUint32(at + 12) === salt[1];
    const head = sum(view, at, 8, previous, littleEndian);
    const whole = sum(view, at + frameHeaderBytes, pageSize, head, littleEndian);
    const sound = ours && whole[0] === stored[0] && whole[1] === stored[1];
    previous = stored;
    if (!sound) {
      chained = false;
      continue;
    }
    uncommitted.set(view.getUint32(at), bytes.subarray(at + frameHeaderBytes, at + frameBytes));
    if (view.getUint32(at + 4) === 0) continue;
    if (chained) frames = (at - headerBytes) / frameBytes + 1;
    else hiddenCommits += 1;
    for (const [page, image] of uncommitted) pages.set(page, image);
    uncommitted = new Map();
  }
  return { pageSize, pages, hiddenCommits, frames, salt: bytes.subarray(saltAt, saltAt + 8) };
}

const indexHeaderBytes = 48;

/**
 * Frames of finished commits that a log has lost at its end, as the index beside it tells
 * (https://www.sqlite.org/walformat.html#the_wal_index_file_format). Without an index, and where
 * the database has the frames already, none: a log that ends early is then what a crash leaves.
 */
export function tornFrames(file: string, fallbackPageSize: number): number {
  if (!existsSync(`${file}-shm`)) return 0;
  // Before the log: another process that writes meanwhile then looks ahead of its index, never behind.
  const index = readFileSync(`${file}-shm`);
  if (index.length < 2 * indexHeaderBytes + 4) return 0;
  const header = index.subarray(0, indexHeaderBytes);
  if (!header.equals(index.subarray(indexHeaderBytes, 2 * indexHeaderBytes))) return 0;
  const view = new DataView(index.buffer, index.byteOffset, index.length);
  const summed = sum(view, 0, 40, [0, 0], true);
  if (summed[0] !== view.getUint32(40, true) || summed[1] !== view.getUint32(44, true)) return 0;
  const committed = view.getUint32(16, true);
  const copied = view.getUint32(2 * indexHeaderBytes, true);
  const log = scanWal(`${file}-wal`, fallbackPageSize);
  if (log && !header.subarray(32, 40).equals(log.salt)) return 0;
  return Math.max(0, committed - Math.max(copied, log?.frames ?? 0));
}

export function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;
}

type Sum = readonly [number, number];

function sum(view: DataView, from: number, length: number, start: Sum, littleEndian: boolean): Sum {
  let [a, b] = start;
  for (let at = from; at < from + length; at += 8) {
    a = (a + view.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + view.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  return [a, b];
}
