import { type Flag, flags } from "@kenh/schemas";
import { type Batch, type Field, PermanentError, type Series } from "./store.ts";

/**
 * InfluxDB line protocol, written so that it reads back as it was given.
 *
 * Influxd unescapes no `\\` outside a string, so a name or tag value that ends in `\` would swallow the
 * separator after it; a line break or an empty name can't be written at all; `#` begins a comment. Such
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
  return `${encodeSeries({ measurement, tags })}${written.join(",")} ${encodeTime(measurement, time)}`;
}

/**
 * Writes a batch at millisecond precision, one line a point: each quantity as one field, and
 * `<quantity>_qc` beside it where the flag is not 1. A missing reading has its flag alone.
 * @throws PermanentError naming the first thing that line protocol can't carry.
 */
export function encodeBatch(batch: Batch): string {
  let text = "";
  for (const { series, ts, fields } of batch) {
    if (fields.length === 0) throw new PermanentError(`${quote(series.measurement)} has no field`);
    if (text !== "") text += "\n";
    text += prefixOf(series);
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as Field;
      const key = keyOf(field.name);
      if (i > 0) text += ",";
      if (field.value === null) {
        if (field.flag === flags.pass) {
          throw new PermanentError(`${field.name} has neither a value nor a flag`);
        }
        text += key.flags[field.flag];
        continue;
      }
      text += key.assign + encodeField(field);
      if (field.flag !== flags.pass) text += `,${key.flags[field.flag]}`;
    }
    text += ` ${encodeTime(series.measurement, ts)}`;
  }
  return text;
}

/** What is written for a field name, made once. */
interface FieldKey {
  /** `water_level_m=` */
  readonly assign: string;
  /** `water_level_m_qc=3i` by flag. */
  readonly flags: Readonly<Record<Flag, string>>;
}

/** Quantities are some hundreds; names beyond this bound are written as well, only not remembered. */
const maxKeys = 10_000;
const keys = new Map<string, FieldKey>();
const prefixes = new WeakMap<Series, string>();

function keyOf(name: string): FieldKey {
  const known = keys.get(name);
  if (known) return known;
  const escaped = escapeFieldName(name);
  const flag = (value: Flag): string => `${escaped}_qc=${value}i`;
  const key = {
    assign: `${escaped}=`,
    flags: { 1: flag(1), 2: flag(2), 3: flag(3), 4: flag(4), 9: flag(9) },
  };
  if (keys.size < maxKeys) keys.set(name, key);
  return key;
}

function prefixOf(series: Series): string {
  const known = prefixes.get(series);
  if (known !== undefined) return known;
  const prefix = encodeSeries(series);
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
  let text = escapeName("measurement", measurement, /[ ,]/g);
  for (const [key, value] of tags) {
    if (key === "time") throw new PermanentError("a tag may not be named time");
    text += `,${escapeName("tag key", key, /[ ,=]/g)}=${escapeName(`tag ${key}`, value, /[ ,=]/g)}`;
  }
  return `${text} `;
}

function escapeFieldName(name: string): string {
  if (name === "time") throw new PermanentError("a field may not be named time");
  return escapeName("field name", name, /[ ,=]/g);
}

function escapeName(what: string, text: string, special: RegExp): string {
  if (text === "") throw new PermanentError(`${what} is empty`);
  if (text.endsWith("\\")) throw new PermanentError(`${what} ${quote(text)} ends in \\`);
  if (text.includes("\n")) throw new PermanentError(`${what} ${quote(text)} has a line break`);
  wellFormed(what, text);
  return text.replace(special, "\\$&");
}

function encodeField({ name, type, value }: Field): string {
  switch (type) {
    case "float":
      if (typeof value === "number") return encodeFloat(name, value);
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
  if ("float" in value) return encodeFloat(name, value.float);
  if ("integer" in value) return encodeInteger(name, value.integer);
  if ("boolean" in value) return value.boolean ? "true" : "false";
  return encodeString(name, value.string);
}

function encodeFloat(name: string, value: number): string {
  if (!Number.isFinite(value)) throw new PermanentError(`${name} is ${value}, not a finite number`);
  return `${value}`;
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

function encodeTime(measurement: string, time: number | bigint): string {
  if (typeof time === "number" && !Number.isSafeInteger(time)) {
    throw new PermanentError(`time ${time} of ${quote(measurement)} is not a whole number`);
  }
  return `${time}`;
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
