import { flags, type QuarantineReason, type RecordField } from "@kenh/schemas";
import { didYouMean } from "../../nearest.ts";
import type { Wrong } from "../book.ts";
import { instantOf } from "../civil.ts";
import type { Contract } from "../contracts.ts";

type Cell = string | number | boolean;
/** A record in the form and the order of the contract's fields. */
export type RecordBody = Readonly<Record<string, Cell>>;

/** A record that is good, or why it is not. */
export type JudgedRecord =
  | {
      readonly key: string;
      /** When it is of. */
      readonly ts: number;
      readonly body: RecordBody;
      /** What is outside its range: kept, and not trusted. */
      readonly wrong: readonly Wrong[];
    }
  | { readonly reason: QuarantineReason; readonly detail: string };

/** As with a device's clock. */
const maxAheadMs = 5 * 60_000;

/** Judges a record by the contract's fields. Pure. */
export function judgeRecord(
  { records, identity, force }: Contract,
  given: unknown,
  now: number,
): JudgedRecord {
  if (!records) throw new TypeError(`${identity} is a stream of devices`);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return { reason: "invalid-envelope", detail: `a record is ${show(given)}, not an object` };
  }
  const names = records.fields.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const near = didYouMean(name, names);
    return {
      reason: "unknown-quantity",
      detail: `the contract has no field ${show(name)}${near}; it has ${names.join(", ")}`,
    };
  }
  const body: Record<string, Cell> = {};
  const wrong: Omit<Wrong, "ts">[] = [];
  for (const field of records.fields) {
    const value = (given as Record<string, unknown>)[field.name];
    if (value === undefined || value === null || value === "") {
      if (field.optional) continue;
      return { reason: "invalid-envelope", detail: `${field.name} is not given` };
    }
    const fault = faultOf(field, value);
    if (fault)
      return { reason: "type-mismatch", detail: `${field.name} is ${show(value)}; ${fault}` };
    body[field.name] = value as Cell;
    const { min, max, name: quantity } = field;
    if (typeof value === "number" && ((min ?? value) > value || (max ?? value) < value)) {
      wrong.push({ device: identity, quantity, value, flag: flags.fail });
    }
  }
  const ts = timeOf(String(body[records.time]));
  if (ts > now + maxAheadMs) {
    return {
      reason: "clock-ahead",
      detail: `${records.time} is ${body[records.time]}, still to come`,
    };
  }
  if (ts < force.start) {
    return {
      reason: "too-old",
      detail: `${records.time} is ${body[records.time]}, of before the contract`,
    };
  }
  const key = JSON.stringify(records.key.map((name) => body[name] ?? null));
  return { key, ts, body, wrong: wrong.map((one) => ({ ...one, ts })) };
}

const datePattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const datetimePattern =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|[+-]\d\d:\d\d)?$/;

/** What a value should be, when it is not. */
function faultOf({ type, oneOf }: RecordField, value: unknown): string | undefined {
  switch (type) {
    case "text":
      if (typeof value !== "string" || !value.isWellFormed()) return "it must be a text";
      return oneOf && !oneOf.includes(value) ? `it must be one of ${oneOf.join(", ")}` : undefined;
    case "integer":
      return Number.isSafeInteger(value) ? undefined : "it must be a whole number";
    case "number":
      return Number.isFinite(value) ? undefined : "it must be a number";
    case "boolean":
      return typeof value === "boolean" ? undefined : "it must be true or false";
    case "date":
      return typeof value === "string" && datePattern.test(value)
        ? undefined
        : "it must be a date such as 2026-10-05";
    case "datetime":
      return typeof value === "string" && datetimePattern.test(value)
        ? undefined
        : "it must be a time such as 2026-10-05T06:00";
  }
}

/** The instant of a date, a local time, or a time with its zone. */
function timeOf(text: string): number {
  return /(Z|[+-]\d\d:\d\d)$/.test(text.slice(10)) ? Date.parse(text) : instantOf(text);
}

/**
 * A cell of a table as the contract's type has it; what does not look like it stays a text, to be
 * refused by name.
 */
export function cellOf(text: string, { type }: RecordField, separator: "," | ";"): Cell {
  if (type === "integer" && /^[+-]?\d+$/.test(text)) return Number(text);
  if (type === "number") {
    if (/^[+-]?\d+(\.\d+)?$/.test(text)) return Number(text);
    if (separator === ";" && /^[+-]?\d+,\d+$/.test(text)) return Number(text.replace(",", "."));
  }
  if (type === "boolean" && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (type === "date" || type === "datetime") {
    return text.replace(/^(\d\d)\/(\d\d)\/(\d{4})(?: (\d\d:\d\d(?::\d\d)?))?$/, isoDate);
  }
  return text;
}

function isoDate(_: string, day: string, month: string, year: string, time?: string): string {
  return `${year}-${month}-${day}${time === undefined ? "" : `T${time}`}`;
}

function show(value: unknown): string {
  const text = value === undefined ? "absent" : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
