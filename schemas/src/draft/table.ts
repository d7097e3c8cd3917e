import type { Place, Raw, Source } from "./place.ts";
import { cellsOf, type Row } from "./rows.ts";
import { readUnit } from "./units.ts";
import { wordsOf } from "./words.ts";

type Role =
  | "address"
  | "name"
  | "unit"
  | "scale"
  | "divisor"
  | "decimals"
  | "type"
  | "function"
  | "length"
  | "order"
  | "value"
  | "other";

/** What heads of columns are called, flat; the first that fits counts. */
const heads: readonly (readonly [Role, RegExp])[] = [
  [
    "length",
    /^(len(gth)?|size|words?|word count|qty|quantity of.*|count|no\.? of reg.*|num.*(reg|word).*|registers|regs|so (thanh ghi|word|byte).*|bytes?|do dai)$/,
  ],
  [
    "function",
    /^(fc|fn|func(tion)?( code)?|fcode|ma ham|ham( modbus)?|modbus function|reg(ister)? type|area|table|object type|loai thanh ghi)$/,
  ],
  ["decimals", /^(dec(imals?)?|decimal (places|digits|point)|so (chu so )?(thap phan|le))$/],
  ["divisor", /(divisor|divide|gain|^div$|he so chia)/],
  [
    "scale",
    /(scal|factor|multipl|ratio|he so|resolution|do phan giai|coeff|step|ty le|ti le|^k$|magnification)/,
  ],
  ["order", /(byte|word|endian).*(order)?$|^order$|endian|swap/],
  ["type", /(type|format|kieu|dinh dang|^fmt$|encoding)/],
  [
    "unit",
    /^(eng(ineering)? ?)?(units?|uom|dim(ension)?|don vi.*|dvt|einheit)( of measure(ment)?)?$|^unit\b/,
  ],
  [
    "address",
    /(addr|regist|^reg\b|^reg\.|offset|dia chi|thanh ghi|node ?id|^oid$|^hex$|modicon|^modbus( no.*)?$|^start|^no\. reg|nodeid)/,
  ],
  [
    "name",
    /(name|metric|^ten\b|param|descr|mo ta|quantity|measur|variab|signal|tham so|thong so|dai luong|^points?$|label|item|content|meaning|y nghia|^bien\b|data$|designation|tag|title|^value$|noi dung|channel|chi tieu|display)/,
  ],
  ["value", /^(current value|sample|example|reading|gia tri( hien tai)?|raw|vi du)/],
];

/** Reads a table of registers or nodes, whatever its columns are called; undefined when it is none. */
export function readTable(text: string): Source | undefined {
  const rows = cellsOf(text);
  if (rows.length < 2) return undefined;
  const found = headOf(rows);
  const roles = found?.roles ?? guess(rows);
  if (!roles?.includes("name")) return undefined;
  const kind = kindOf(text, rows, roles);
  const cells = rows.slice(1).map((row) => row[roles.indexOf("address")] ?? "");
  const spelling = kind === "comap" ? { hex: false, modicon: true } : spellingOf(cells);
  const places: Place[] = [];
  let head = found?.heads ?? [];
  let columns = roles;
  for (const row of rows.slice(found ? found.at + 1 : 0)) {
    // Tables are cut into parts, each with its head.
    const again = rolesOf(row);
    if (again) {
      columns = again;
      head = row.map(flat);
      continue;
    }
    const place = placeOf(row, columns, head, kind, spelling);
    if (place) places.push(place);
  }
  if (places.length === 0) return undefined;
  return { kind, places };
}

function kindOf(text: string, rows: readonly Row[], roles: readonly Role[]): Source["kind"] {
  const addresses = rows.slice(1).map((row) => row[roles.indexOf("address")] ?? "");
  if (addresses.some((cell) => nodeId.test(cell))) return "opcua";
  if (addresses.some((cell) => /^\.?1\.3\.6(\.\d+)+$/.test(cell))) return "snmp";
  return /\bC\.\s?O\.\s?#?|Com\.\s?Obj|^\s*Binaries\b/im.test(text) ? "comap" : "registers";
}

const nodeId = /^(ns=\d+;|nsu=[^;]+;)?[isgb]=.+$/;

/** A cell as heads are compared: without marks, in lower case. */
function flat(cell: string): string {
  return cell
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .replaceAll(/[đĐ]/g, "d")
    .replaceAll(/[_#*]+/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

function headOf(rows: readonly Row[]): { at: number; roles: Role[]; heads: string[] } | undefined {
  for (const [at, row] of rows.slice(0, 30).entries()) {
    const roles = rolesOf(row);
    if (roles) return { at, roles, heads: row.map(flat) };
  }
  return undefined;
}

/** The roles of the columns when the row is a head. */
function rolesOf(row: Row): Role[] | undefined {
  if (row.length < 2 || row.some((cell) => /^-?\d+([.,]\d+)?$/.test(cell.trim()))) return undefined;
  const roles = row.map((cell): Role => {
    const head = flat(cell).replace(/\s*[[(].*$/, "");
    return heads.find(([, pattern]) => pattern.test(head))?.[0] ?? "other";
  });
  const known = roles.filter((role) => role !== "other").length;
  if (known < 2 || !roles.includes("name")) {
    // "Register" beside "Address" is what stands in it.
    const addresses = roles.flatMap((role, at) => (role === "address" ? [at] : []));
    const named = addresses.find((at) => !/addr|offset|dia chi|hex|no/.test(flat(row[at] ?? "")));
    if (addresses.length < 2 || named === undefined) return undefined;
    roles[named] = "name";
  }
  return roles;
}

/** The roles of columns without a head, by what stands in them. */
function guess(rows: readonly Row[]): Role[] | undefined {
  const width = Math.max(...rows.map((row) => row.length));
  const share = (column: number, test: (cell: string) => boolean): number => {
    const cells = rows.map((row) => row[column]?.trim() ?? "").filter((cell) => cell !== "");
    return cells.length < rows.length / 2 ? 0 : cells.filter(test).length / cells.length;
  };
  const roles = Array.from({ length: width }, (_, column): Role => {
    if (share(column, (cell) => addressOf(cell) !== undefined || nodeId.test(cell)) > 0.9) {
      return share(column, (cell) => /^(0[.,]\d+|10*)$/.test(cell)) > 0.9 ? "scale" : "address";
    }
    if (share(column, (cell) => /^0[.,]\d+$|^10*$/.test(cell)) > 0.9) return "scale";
    if (share(column, (cell) => readUnit(cell) !== undefined || cell === "-") > 0.7) return "unit";
    if (share(column, (cell) => typeOf(cell) !== undefined) > 0.7) return "type";
    if (share(column, (cell) => wordsOf(cell).known.size > 0) > 0.5) return "name";
    return "other";
  });
  const addresses = roles.filter((role) => role === "address").length;
  return roles.includes("name") && addresses > 0 ? roles : undefined;
}

function placeOf(
  row: Row,
  roles: readonly Role[],
  head: readonly string[],
  kind: Source["kind"],
  spelling: Spelling,
): Place | undefined {
  const cells = (role: Role): string[] =>
    roles.flatMap((each, at) => (each === role && row[at]?.trim() ? [row[at].trim()] : []));
  const names = cells("name");
  const [address] = cells("address");
  const [name, ...labels] = [...names].sort((a, b) => said(b) - said(a));
  if (name === undefined) return undefined;
  const label = labels.filter((text) => text !== name).join(", ");
  const scaled = roles.indexOf("scale") >= 0 ? roles.indexOf("scale") : roles.indexOf("divisor");
  const type = cells("type")[0];
  const { unit, scale } = scaleOf(
    cells("unit")[0],
    scaled >= 0 ? row[scaled]?.trim() : undefined,
    scaled >= 0 && roles[scaled] === "divisor" ? "divisor" : (head[scaled] ?? ""),
    cells("decimals")[0],
  );
  const values = cells("value").map((cell): Raw => cell);
  return {
    path: address ?? name,
    names: [name],
    values,
    ...(label && { label }),
    ...(unit !== undefined && { unit }),
    ...(scale !== undefined && { scale }),
    read: readOf(address, spelling, {
      code: cells("function")[0],
      kind: type,
      length: lengthOf(cells("length")[0], kind),
      order: cells("order")[0],
    }),
  };
}

function said(text: string): number {
  const { known } = wordsOf(text);
  return known.size;
}

/** Unit and scale of a row, whichever column says it. */
function scaleOf(
  unit: string | undefined,
  scale: string | undefined,
  head: string,
  decimals: string | undefined,
): { unit?: string; scale?: number } {
  const number = scale === undefined ? undefined : factorOf(scale, head);
  const inScale = scale !== undefined && number === undefined ? readUnit(scale) : undefined;
  const places =
    decimals !== undefined && /^\d$/.test(decimals) ? 10 ** -Number(decimals) : undefined;
  const found = number ?? (places === undefined ? undefined : Number(places.toPrecision(3)));
  const written = unit && unit !== "-" ? unit : inScale ? scale : undefined;
  return {
    ...(written !== undefined && { unit: written }),
    ...(found !== undefined && found !== 1 && { scale: found }),
  };
}

/** The factor that a cell means: `0.1`, `x0.1`, `/10`, `1/10`, `10^-1`; 10 is tenths unless the head says else. */
function factorOf(cell: string, head: string): number | undefined {
  const text = cell.replaceAll(/\s/g, "").replace(",", ".");
  const power = /^10\^?\(?(-\d)\)?$/.exec(text);
  if (power) return Number((10 ** Number(power[1])).toPrecision(3));
  const [, sign = "", one, under, plain] =
    /^([x*×/÷:]?)(?:(\d+)\/(\d+)|(\d+(?:\.\d+)?(?:e-?\d+)?))$/i.exec(text) ?? [];
  if (one !== undefined) return Number(one) / Number(under);
  const number = Number(plain);
  if (plain === undefined || !(number > 0)) return undefined;
  const divides = /[/÷:]/.test(sign) || (/divisor|gain|divide|chia/.test(head) && number >= 1);
  if (divides) return 1 / number;
  const multiplies = sign !== "" || /multipl|resolution|step/.test(head);
  return number > 1 && !multiplies ? 1 / number : number;
}

/** How a table writes its addresses, as far as all of them together tell. */
interface Spelling {
  /** `2A` is hexadecimal, and so is the `10` beside it. */
  readonly hex: boolean;
  /** 40001 is the first holding register: no address of the table is below 10001. */
  readonly modicon: boolean;
}

function spellingOf(cells: readonly string[]): Spelling {
  const firsts = cells.map((cell) => firstOf(cell)).filter((first) => /^[\da-f]+$/i.test(first));
  const hex = firsts.some((first) => /[a-f]/i.test(first));
  return {
    hex,
    modicon:
      !hex &&
      firsts.every((first) => Number(first) > 10_000) &&
      firsts.some((first) => /^[34]\d{4,5}$/.test(first)),
  };
}

/** The first of the registers that a cell names: `40257-40258`, `07,08`. */
const firstOf = (cell: string): string =>
  cell.trim().split(/\s*(?:-|–|\.\.|~|,|\/|to)\s*/)[0] ?? "";

/** The number of an address as written: 256, 0x0100, 0100H, 40257. */
function addressOf(cell: string, hex = false): number | undefined {
  const first = firstOf(cell);
  if (/^0x[\da-f]+$/i.test(first)) return Number.parseInt(first, 16);
  if (/^[\da-f]{2,5}h$/i.test(first)) return Number.parseInt(first, 16);
  if (hex) return /^[\da-f]{1,4}$/i.test(first) ? Number.parseInt(first, 16) : undefined;
  return /^\d{1,6}$/.test(first) ? Number(first) : undefined;
}

/** Types of numbers as tables name them, and those of the driver. */
function typeOf(cell: string): string | undefined {
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
function lengthOf(cell: string | undefined, kind: Source["kind"]): string | undefined {
  return kind === "comap" && cell !== undefined ? String(Math.max(1, Number(cell) / 2)) : cell;
}

/** How the Modbus driver reads the register; empty where the table is of something else. */
function readOf(
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
