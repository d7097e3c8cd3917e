import { type Flag, flags } from "@kenh/schemas";
import { type Batch, type Field, PermanentError, type Point, type Series } from "./store.ts";
import { TextBuffer } from "./text-buffer.ts";

/**
 * InfluxDB line protocol, written so that it reads back as it was given.
 *
 * Influxd unescapes no `\\` outside a string, so a name or tag value that ends in `\` would swallow the
 * separator after it; an empty name or a line break can't be written; `#` begins a comment. Such
 * text is refused here, for some stores answer 204 and skip the line. Inside a string only `"` and `\`
 * are escaped: a line break stands as it is, because influxd would read `\n` back as two characters.
 */

/** A value with its type on the wire. Integers are 64 bits wide. */
export type LineValue =
  | { readonly float: number }
  | { readonly integer: number | bigint }
  | { readonly boolean: boolean }
  | { readonly string: string };

/** One line, in general form. */
export interface Line {
  readonly measurement: string;
  /** Written in this order. */
  readonly tags: readonly (readonly [key: string, value: string])[];
  /** At least one. */
  readonly fields: readonly (readonly [name: string, value: LineValue])[];
  /** In the precision that the write asks for. */
  readonly time: number | bigint;
}

/**
 * Writes any line, without its line end. The hot path is `encodeBatch`; both share every rule.
 * @throws PermanentError naming what line protocol can't carry.
 */
export function encodeLine({ measurement, tags, fields, time }: Line): string {
  if (fields.length === 0) throw new PermanentError(`${quote(measurement)} has no field`);
  const written = fields.map(
    ([name, value]) => `${escapeFieldName(name)}=${encodeValue(name, value)}`,
  );
  return `${encodeSeries({ measurement, tags })}${written.join(",")} ${typeof time === "bigint" ? time : checkTime(measurement, time)}`;
}

/**
 * Writes a batch at millisecond precision, one line a point: each quantity as one field, and
 * `<quantity>_qc` beside it where the flag is not 1. A missing reading has its flag alone.
 * @throws PermanentError naming the first thing that line protocol can't carry.
 */
export function encodeBatch(batch: Batch): string {
  text ??= new TextBuffer();
  text.clear();
  let last: Series | undefined;
  let prefix: Uint8Array | undefined;
  /** Of the point before, by place: the next one of a device has the same. */
  const recent: FieldKey[] = [];
  for (let at = 0; at < batch.length; at++) {
    const { series, ts, fields } = batch[at] as Point;
    if (fields.length === 0) throw new PermanentError(`${quote(series.measurement)} has no field`);
    if (at > 0) text.addCode(lineBreak);
    if (prefix === undefined || series !== last) prefix = prefixOf(series);
    last = series;
    text.addBytes(prefix);
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as Field;
      let key = recent[i];
      if (key?.name !== field.name) {
        key = keyOf(field.name);
        recent[i] = key;
      }
      addField(text, field, key, i === 0);
    }
    text.addCode(space);
    text.addInteger(checkTime(series.measurement, ts));
  }
  return text.toString();
}

const [space, lineBreak] = [0x20, 0x0a];
let text: TextBuffer | undefined;

function addField(text: TextBuffer, field: Field, key: FieldKey, isFirst: boolean): void {
  const { name, type, value, flag } = field;
  const from = isFirst ? 1 : 0; // no comma before it
  if (value === null) {
    if (flag === flags.pass) throw new PermanentError(`${name} has neither a value nor a flag`);
    text.addBytes(key.flags[flag], from);
    return;
  }
  text.addBytes(key.assign, from);
  if (type === "float" && typeof value === "number") text.addNumber(checkFloat(name, value));
  else text.addText(encodeField(field));
  if (flag !== flags.pass) text.addBytes(key.flags[flag]);
}

/** What is written for a field name, made once, with the comma before it. */
interface FieldKey {
  readonly name: string;
  /** `,water_level_m=` */
  readonly assign: Uint8Array;
  /** `,water_level_m_qc=3i` by flag. */
  readonly flags: Readonly<Record<Flag, Uint8Array>>;
}

/** Quantities are some hundreds; names beyond this bound are written as well, only not remembered. */
const maxKeys = 10_000;
const keys = new Map<string, FieldKey>();
const prefixes = new WeakMap<Series, Uint8Array>();

function keyOf(name: string): FieldKey {
  const known = keys.get(name);
  if (known) return known;
  const escaped = escapeFieldName(name);
  const flag = (value: Flag): Uint8Array => Buffer.from(`,${escaped}_qc=${value}i`);
  const byFlag = { 1: flag(1), 2: flag(2), 3: flag(3), 4: flag(4), 9: flag(9) };
  const key = { name, assign: Buffer.from(`,${escaped}=`), flags: byFlag };
  if (keys.size < maxKeys) keys.set(name, key);
  return key;
}

function prefixOf(series: Series): Uint8Array {
  const known = prefixes.get(series);
  if (known !== undefined) return known;
  const prefix = Buffer.from(encodeSeries(series));
  prefixes.set(series, prefix);
  return prefix;
}

/** Measurement and tags, with the space that ends them. */
function encodeSeries({ measurement, tags }: Series): string {
  if (measurement.startsWith("#")) {
    throw new PermanentError(
      `measurement ${quote(measurement)} would be a comment: it may not begin with #`,
    );
  }
  let prefix = escapeName("measurement", measurement, /[ ,]/g);
  for (const [key, value] of tags) {
    if (key === "time") throw new PermanentError("a tag may not be named time");
    prefix += `,${escapeName("tag key", key, /[ ,=]/g)}=${escapeName(`tag ${key}`, value, /[ ,=]/g)}`;
  }
  return `${prefix} `;
}

function escapeFieldName(name: string): string {
  if (name === "time") throw new PermanentError("a field may not be named time");
  return escapeName("field name", name, /[ ,=]/g);
}

/** The first can't be written; the others can, but InfluxQL has no way to ask for them. */
const breaks = ["\n", "\r", "\0"] as const;

function escapeName(what: string, text: string, special: RegExp): string {
  if (text === "") throw new PermanentError(`${what} is empty`);
  if (text.endsWith("\\")) throw new PermanentError(`${what} ${quote(text)} ends in \\`);
  if (breaks.some((one) => text.includes(one))) {
    throw new PermanentError(`${what} ${quote(text)} has a line break or a NUL`);
  }
  wellFormed(what, text);
  return text.replace(special, "\\$&");
}

/** A value that is no float; those have a way of their own. */
function encodeField({ name, type, value }: Field): string {
  switch (type) {
    case "float":
      break;
    case "integer":
      if (typeof value === "number") return encodeInteger(name, value);
      break;
    case "boolean":
      if (typeof value === "boolean") return value ? "true" : "false";
      break;
    case "string":
      if (typeof value === "string") return encodeString(name, value);
  }
  throw new PermanentError(`${name} is ${JSON.stringify(value)}; its type is ${type}`);
}

function encodeValue(name: string, value: LineValue): string {
  if ("float" in value) return `${checkFloat(name, value.float)}`;
  if ("integer" in value) return encodeInteger(name, value.integer);
  if ("boolean" in value) return value.boolean ? "true" : "false";
  return encodeString(name, value.string);
}

function checkFloat(name: string, value: number): number {
  if (!Number.isFinite(value)) throw new PermanentError(`${name} is ${value}, not a finite number`);
  return value;
}

function encodeInteger(name: string, value: number | bigint): string {
  const whole =
    typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
  if (!whole) throw new PermanentError(`${name} is ${value}, not a whole number that can be kept`);
  return `${value}i`;
}

function encodeString(name: string, value: string): string {
  wellFormed(name, value);
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

function checkTime(measurement: string, time: number): number {
  if (Number.isSafeInteger(time)) return time;
  throw new PermanentError(`time ${time} of ${quote(measurement)} is not a whole number`);
}

/** UTF-8 has no lone surrogate: it would be rewritten to U+FFFD on the way. */
function wellFormed(what: string, text: string): void {
  if (!text.isWellFormed()) {
    throw new PermanentError(
      `${what} ${quote(text)} has a lone surrogate, which UTF-8 can't carry`,
    );
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
