import { columns, sensorTypes } from "./mibs.ts";
import type { Place, Raw, Source } from "./place.ts";
import { readUnit } from "./units.ts";
import { wordsOf } from "./words.ts";

/** One answer of a walk. */
interface Answer {
  readonly oid: string;
  readonly value: Raw;
  /** The object as a walk with MIBs names it. */
  readonly name?: string;
  /** The unit that such a walk writes behind the number. */
  readonly unit?: string;
}

const record = /^\.?((?:\d+\.)+\d+)\|(\d+)(x?)\|(.*)$/;
const printed = /^(\S+?)\s*=\s*(?:([A-Za-z][\w-]*(?: ?\d+)?):\s*)?(.*)$/;

/** Where MIBs that everybody has begin. */
const roots: Readonly<Record<string, string>> = {
  iso: "1",
  "SNMPv2-SMI::enterprises": "1.3.6.1.4.1",
  "SNMPv2-SMI::mib-2": "1.3.6.1.2.1",
  enterprises: "1.3.6.1.4.1",
  "mib-2": "1.3.6.1.2.1",
};

/** The objects of a walk by OID, whatever they are. */
export function objectsIn(text: string): Record<string, Raw> {
  const answers = text.split(/\r?\n/).map(answerOf);
  return Object.fromEntries(
    answers.flatMap((answer) => (answer === undefined ? [] : [[answer.oid, answer.value]])),
  );
}

/** Reads an SNMP walk: records of a simulator or what `snmpwalk` prints; undefined when it is none. */
export function readWalk(text: string): Source | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const answers = lines.map(answerOf).filter((answer) => answer !== undefined);
  if (answers.length === 0 || answers.length < lines.length / 3) return undefined;
  const strings = new Map<string, string>();
  const numbers = new Map<string, number>();
  for (const { oid, value } of answers) {
    if (typeof value === "string") strings.set(oid, value);
    if (typeof value === "number") numbers.set(oid, value);
  }
  const counts = new Map<string, number>();
  for (const { oid } of answers) {
    const column = parent(oid);
    counts.set(column, (counts.get(column) ?? 0) + 1);
  }
  const places = answers.flatMap((answer) => placeOf(answer, strings, numbers, counts) ?? []);
  return { kind: "snmp", places: once(places) };
}

/** One place for each reading: a row may hold it as a text and as numbers. */
function once(places: readonly Place[]): Place[] {
  const rows = new Map<string, Place>();
  const row = ({ path }: Place): string => `${parent(parent(path))} ${last(path)}`;
  for (const place of places) {
    if (place.read?.row === undefined) continue;
    const kept = rows.get(row(place));
    if (!kept || (typeof kept.values[0] === "string" && typeof place.values[0] === "number")) {
      rows.set(row(place), place);
    }
  }
  return places.filter((place) => place.read?.row === undefined || rows.get(row(place)) === place);
}

function answerOf(line: string): Answer | undefined {
  const recorded = record.exec(line.trim());
  if (recorded) {
    const [, oid = "", type = "", hex, text = ""] = recorded;
    const value = hex ? decode(text) : type === "4" || type === "6" ? text : number(text);
    return { oid, value };
  }
  const [, place = "", type, rest = ""] = printed.exec(line.trim()) ?? [];
  const at = oidOf(place);
  if (at === undefined) return undefined;
  if (type === undefined && !/^["\d-]/.test(rest)) return undefined;
  const kind = type?.toLowerCase() ?? "";
  if (kind === "string" || kind === "hex-string" || kind === "oid" || rest.startsWith('"')) {
    return { ...at, value: rest.replaceAll(/^"|"$/g, "") };
  }
  if (kind === "timeticks") return { ...at, value: Number(/\((\d+)\)/.exec(rest)?.[1] ?? rest) };
  const [, digits, enumerated, unit] = /^[\w ]*?\(?(-?\d+)(\))?\s*(.*)$/.exec(rest) ?? [];
  if (digits === undefined || enumerated) return { ...at, value: rest };
  return { ...at, value: Number(digits), ...(unit && { unit }) };
}

/** The OID of a place as printed, or its name where a MIB gave it one. */
function oidOf(place: string): { oid: string; name?: string } | undefined {
  if (/^\.?\d+(\.\d+)+$/.test(place)) return { oid: place.replace(/^\./, "") };
  const [, head = "", tail = ""] = /^(.+?)((?:\.\d+)+)$/.exec(place) ?? [];
  const root = Object.hasOwn(roots, head) ? roots[head] : undefined;
  if (root) return { oid: root + tail };
  const [, name] = /^[\w-]+::([A-Za-z][\w-]*)$/.exec(head) ?? [];
  return name ? { oid: `${head}${tail}`, name } : undefined;
}

function decode(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return bytes.map((byte) => String.fromCharCode(Number.parseInt(byte, 16))).join("");
}

function number(text: string): Raw {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : text;
}

const parent = (oid: string): string => oid.slice(0, oid.lastIndexOf("."));
const last = (oid: string): string => oid.slice(oid.lastIndexOf(".") + 1);

function placeOf(
  { oid, value, name, unit }: Answer,
  strings: ReadonlyMap<string, string>,
  numbers: ReadonlyMap<string, number>,
  counts: ReadonlyMap<string, number>,
): Place | undefined {
  // What the system group holds is inventory and the uptime of the card, not of the device.
  if (/^1\.3\.6\.1\.2\.1\.1\./.test(oid)) return undefined;
  const read = { oid };
  if (name !== undefined) {
    return {
      path: oid,
      names: [name],
      values: [value],
      read,
      ...(unit && { unit: plainUnit(unit) }),
    };
  }
  for (let column = parent(oid); column.includes("."); column = parent(column)) {
    const known = columns.get(column);
    if (!known) continue;
    // Several lines are phases; a single one is the whole.
    const many = (counts.get(parent(oid)) ?? 0) > 1 && /^[123]$/.test(last(oid));
    const lines = many && /^(input|output|bypass|load)/.test(known.name);
    const label = labelOf(oid, strings);
    return {
      path: oid,
      names: lines ? [`L${last(oid)}`, known.name] : [known.name],
      values: [value],
      unit: known.unit,
      read,
      ...(label !== undefined && !lines && { label: quiet(label) }),
    };
  }
  return sensor(oid, value, strings, numbers) ?? tableRow(oid, value, strings);
}

/** Units as MIBs write them: `0.1 Volt DC`, `RMS Volts`, `degrees Centigrade`. */
function plainUnit(text: string): string {
  return text
    .replaceAll(/\b(RMS|DC|AC|dc|ac|rms)\b/g, "")
    .replace(/degrees? centigrade|degrees? celsius/i, "°C")
    .replace(/hertz/i, "Hz")
    .replace(/tenths? of (a |an )?/i, "0.1 ")
    .replace(/hundredths? of (a |an )?/i, "0.01 ")
    .trim();
}

/** A name that a person gave says where, not what: its words must not stand against the MIB's. */
function quiet(label: string): string {
  return [...wordsOf(label).known].some((word) => word === "status" || word === "threshold")
    ? ""
    : label;
}

const sensorColumn = /^1\.3\.6\.1\.2\.1\.99\.1\.1\.1\.4\.(\d+)$/;

/** A sensor of RFC 3433, which tells type, scale and precision itself. */
function sensor(
  oid: string,
  value: Raw,
  strings: ReadonlyMap<string, string>,
  numbers: ReadonlyMap<string, number>,
): Place | undefined {
  const [, index] = sensorColumn.exec(oid) ?? [];
  if (index === undefined) return undefined;
  const at = (column: number): number =>
    numbers.get(`1.3.6.1.2.1.99.1.1.1.${column}.${index}`) ?? 0;
  const type = sensorTypes[String(at(1))];
  if (!type) return undefined;
  const label =
    strings.get(`1.3.6.1.2.1.47.1.1.1.1.2.${index}`) ??
    strings.get(`1.3.6.1.2.1.47.1.1.1.1.7.${index}`);
  return {
    path: oid,
    names: [type.name],
    values: [value],
    unit: type.unit,
    // Scale 9 is the unit itself, 8 is milli, 10 is kilo; the precision counts decimals.
    scale: Number((10 ** (3 * (at(2) - 9) - at(3))).toPrecision(3)),
    read: { oid },
    ...(label !== undefined && { label }),
  };
}

/** A text in the same row of the same table, that names what the number is. */
function labelOf(oid: string, strings: ReadonlyMap<string, string>): string | undefined {
  const row = rowOf(oid, strings);
  return row.find((text) => wordsOf(text).known.size > 0) ?? row[0];
}

function rowOf(oid: string, strings: ReadonlyMap<string, string>): string[] {
  const entry = parent(parent(oid));
  const index = last(oid);
  const row: string[] = [];
  for (let column = 1; column <= 40; column++) {
    const text = strings.get(`${entry}.${column}.${index}`);
    if (text !== undefined && text !== "") row.push(text);
  }
  return row;
}

const printedNumber = /^\s*([+-]?\d+(?:[.,]\d+)?)\s*([^\d\s:/,.-].*)$/;

/**
 * A row of a table that no MIB here knows: its texts name quantity and unit, or nothing does. Where
 * one of them prints the reading, such as `21.6 °C`, it tells which number is the reading and its scale.
 */
function tableRow(
  oid: string,
  value: Raw,
  strings: ReadonlyMap<string, string>,
): Place | undefined {
  const row = rowOf(oid, strings);
  const label = row.find((text) => !printedNumber.test(text) && wordsOf(text).known.size > 0) ?? "";
  const read = { oid, row: parent(parent(oid)) };
  if (typeof value === "string") {
    const [, , unit = ""] = printedNumber.exec(value) ?? [];
    return readUnit(unit) && { path: oid, names: [label], values: [value], read };
  }
  if (typeof value !== "number") return undefined;
  const shown = row
    .map((text) => printedNumber.exec(text))
    .find((found) => found && readUnit(found[2] ?? ""));
  if (shown) {
    const [, digits = "", unit = ""] = shown;
    const number = Number(digits.replace(",", "."));
    const scale = number === 0 ? 0 : Math.abs(number / value);
    if (![1, 0.1, 0.01, 0.001].some((each) => Math.abs(scale / each - 1) < 0.02)) return undefined;
    return {
      path: oid,
      names: [label],
      values: [value],
      unit,
      read,
      ...(scale < 0.9 && { scale: Number(scale.toPrecision(1)) }),
    };
  }
  const unit = row.find((text) => readUnit(text) !== undefined);
  return unit === undefined || label === ""
    ? undefined
    : { path: oid, names: [label], values: [value], unit, read };
}
