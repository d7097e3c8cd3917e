import type { Place, Raw, Source } from "./place.ts";
import {
  addressOf,
  flat,
  lengthOf,
  nodeId,
  readOf,
  type Spelling,
  spellingOf,
  typeOf,
} from "./register.ts";
import { cellsOf, type Row } from "./rows.ts";
import { scaleOf, scaleSaid } from "./scale.ts";
import { readUnit } from "./units.ts";
import { wordsOf } from "./words.ts";

type Role =
  | "address"
  | "page"
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
    /^(len(gth)?|size|words?|word count|qty|quantity of.*|count|no\.? of reg.*|num.*(reg|word).*|registers|regs|so (thanh ghi|word|byte).*|bytes?|do dai|长度|lange|longueur)$/,
  ],
  [
    "function",
    /^(fc|fn|func(tion)?( code)?|fcode|ma ham|ham( modbus)?|modbus function|reg(ister)? type|area|table|object type|loai thanh ghi|功能码|funktionscode|code fonction)$/,
  ],
  ["decimals", /^(dec(imals?)?|decimal (places|digits|point)|so (chu so )?(thap phan|le))$/],
  ["divisor", /(divisor|divide|gain|^div$|he so chia)/],
  [
    "scale",
    /(scal|factor|multipl|\bratio\b|he so|resolution|do phan giai|coeff|step|ty le|ti le|^k$|magnification|faktor|skalierung|echelle|facteur|multiplicateur|倍率|系数|精度)/,
  ],
  ["order", /(byte|word|endian).*(order)?$|^order$|endian|swap/],
  ["type", /(type|format|kieu|dinh dang|^fmt$|encoding|datentyp|数据类型)/],
  [
    "unit",
    /^(eng(ineering)? ?)?(units?|uom|dim(ension)?|don vi.*|dvt|einheit|unite|unidad|单位)( of measure(ment)?)?$|^unit\b/,
  ],
  ["page", /^(page|trang)$/],
  [
    "address",
    /(addr|regist|^reg\b|^reg\.|offset|dia chi|thanh ghi|node ?id|^oid$|^hex$|modicon|^modbus( no.*)?$|^start|^no\. reg|nodeid|adress|direccion|地址|寄存器)/,
  ],
  [
    "name",
    /(name|metric|^ten\b|param|descr|mo ta|quantity|measur|variab|signal|tham so|thong so|dai luong|^points?$|label|item|content|meaning|y nghia|^bien\b|data$|designation|tag|title|^value$|noi dung|channel|chi tieu|display|bezeichnung|beschreibung|messwert|messgro|grandeur|libelle|nombre|descripcion|名称|参数|参量|说明|内容|含义)/,
  ],
  ["value", /^(current value|sample|example|reading|gia tri( hien tai)?|raw|vi du|wert|valeur)/],
];

/** Reads a table of registers or nodes, whatever its columns are called; undefined when it is none. */
export function readTable(text: string): Source | undefined {
  const rows = cellsOf(text);
  if (rows.length < 2) return undefined;
  const found = headOf(rows);
  const roles = found?.roles ?? guess(rows);
  if (!roles?.includes("name")) return undefined;
  if (!roles.includes("unit")) nameUnits(roles, rows);
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

function headOf(rows: readonly Row[]): { at: number; roles: Role[]; heads: string[] } | undefined {
  for (const [at, row] of rows.slice(0, 30).entries()) {
    const roles = rolesOf(row);
    if (roles) return { at, roles, heads: row.map(flat) };
  }
  return undefined;
}

/** Where no head says so, a column of units is one all the same. */
function nameUnits(roles: Role[], rows: readonly Row[]): void {
  const at = roles.findIndex((role, column) => {
    if (role !== "other") return false;
    const cells = rows.slice(1).flatMap((row) => (row[column]?.trim() ? [row[column].trim()] : []));
    return cells.length > 1 && cells.filter((cell) => readUnit(cell)).length > cells.length / 2;
  });
  if (at >= 0) roles[at] = "unit";
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
  const [offset] = cells("address");
  // A page of GenComm holds 256 registers.
  const [page] = cells("page");
  const paged = page !== undefined && offset !== undefined && /^\d+$/.test(page + offset);
  const address = paged ? String(Number(page) * 256 + Number(offset)) : offset;
  const [name, ...labels] = [...names].sort((a, b) => said(b) - said(a));
  if (name === undefined) return undefined;
  const label = labels.filter((text) => text !== name).join(", ");
  const scaled = roles.indexOf("scale") >= 0 ? roles.indexOf("scale") : roles.indexOf("divisor");
  const type = cells("type")[0];
  const { unit, scale: written } = scaleOf(
    cells("unit")[0],
    scaled >= 0 ? row[scaled]?.trim() : undefined,
    scaled >= 0 && roles[scaled] === "divisor" ? "divisor" : (head[scaled] ?? ""),
    cells("decimals")[0],
  );
  const remarked = written ?? scaleSaid([...labels, ...cells("other")].join(" ; "));
  const scale =
    remarked !== undefined && unit !== undefined && (readUnit(unit)?.scale ?? 1) !== 1
      ? written
      : remarked;
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
