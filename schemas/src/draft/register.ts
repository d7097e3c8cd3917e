import type { Source } from "./place.ts";

/** An address of OPC UA. */
export const nodeId = /^(ns=\d+;|nsu=[^;]+;)?[isgb]=.+$/;

/** A cell as heads are compared: without marks, in lower case. */
export function flat(cell: string): string {
  return cell
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .replaceAll(/[đĐ]/g, "d")
    .replaceAll(/[_#*]+/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

/** How a table writes its addresses, as far as all of them together tell. */
export interface Spelling {
  /** `2A` is hexadecimal, and so is the `10` beside it. */
  readonly hex: boolean;
  /** 40001 is the first holding register: no address of the table is below 10001. */
  readonly modicon: boolean;
}

/** How all the addresses of a table are written. */
export function spellingOf(cells: readonly string[]): Spelling {
  const firsts = cells.map((cell) => firstOf(cell)).filter((first) => /^[\da-f]+$/i.test(first));
  const hex = firsts.some((first) => /[a-f]/i.test(first));
  return {
    hex,
    // Such tables begin at the beginning: one that starts at 32064 means 32064.
    modicon:
      !hex &&
      firsts.every((first) => Number(first) > 10_000) &&
      firsts.some((first) => /^[34]0?0[0-9]{3}$/.test(first)),
  };
}

/** The first of the registers that a cell names: `40257-40258`, `07,08`. */
const firstOf = (cell: string): string =>
  cell.trim().split(/\s*(?:-|–|\.\.|~|,|\/|to)\s*/)[0] ?? "";

/** The number of an address as written: 256, 0x0100, 0100H, 40257. */
export function addressOf(cell: string, hex = false): number | undefined {
  const first = firstOf(cell);
  if (/^0x[\da-f]+$/i.test(first)) return Number.parseInt(first, 16);
  if (/^[\da-f]{2,5}h$/i.test(first)) return Number.parseInt(first, 16);
  if (hex) return /^[\da-f]{1,4}$/i.test(first) ? Number.parseInt(first, 16) : undefined;
  return /^\d{1,6}$/.test(first) ? Number(first) : undefined;
}

/** Types of numbers as tables name them, and those of the driver. */
export function typeOf(cell: string): string | undefined {
  const text = flat(cell).replaceAll(/[\s_-]/g, "");
  if (/^(f(loat)?64|double|lreal|float64.*)/.test(text)) return "f64";
  if (/^(f(loat)?(32)?|single|real|ieee754.*|float32.*|floatingpoint)/.test(text)) return "f32";
  const wide = /64/.test(text) ? "64" : /32|long|dword|dint|double ?word/.test(text) ? "32" : "16";
  if (/^(u|unsigned|uint|uword|udint|ulong|word|dword)/.test(text) && !/^(unit)/.test(text))
    return `u${wide}`;
  if (/^(s?int|i(16|32|64)|s(16|32|64)|signed|short|long|dint|integer|sint)/.test(text))
    return `i${wide}`;
  return undefined;
}

/** Registers of a value; ComAp counts bytes. */
export function lengthOf(cell: string | undefined, kind: Source["kind"]): string | undefined {
  return kind === "comap" && cell !== undefined ? String(Math.max(1, Number(cell) / 2)) : cell;
}

/** How the Modbus driver reads the register; empty where the table is of something else. */
export function readOf(
  cell: string | undefined,
  { hex, modicon }: Spelling,
  {
    code,
    kind,
    length,
    order,
  }: Readonly<Record<"code" | "kind" | "length" | "order", string | undefined>>,
): Record<string, string | number> {
  if (cell !== undefined && nodeId.test(cell)) return { node: cell };
  const written = cell === undefined ? undefined : addressOf(cell, hex);
  if (written === undefined) return {};
  // 40001 and 400001 are the first holding register, 30001 the first input register.
  const long = written > 300_000 ? 100_000 : 10_000;
  const area = modicon ? Math.floor(written / long) : 0;
  const known = area === 3 || area === 4;
  const input = /input|^0?4$|3x|dau vao/.test(flat(code ?? "")) || area === 3;
  const span = /^\D*(\d+)\s*(?:-|–|\.\.|~)\s*(\d+)/.exec(cell ?? "");
  const words = span ? Number(span[2]) - Number(span[1]) + 1 : Number(length);
  const type = (kind && typeOf(kind)) ?? (words === 2 ? "u32" : words === 4 ? "u64" : "u16");
  const wide = words === 2 && /16$/.test(type) ? type.replace("16", "32") : type;
  const swapped = /cdab|swap|little|lsw|low.*first/.test(flat(`${order ?? ""} ${kind ?? ""}`));
  return {
    function: input ? 4 : 3,
    address: known ? (written % long) - 1 : written,
    type: wide,
    ...(swapped && { wordOrder: "CDAB" }),
  };
}
