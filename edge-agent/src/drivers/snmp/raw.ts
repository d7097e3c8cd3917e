import type { Varbind } from "net-snmp";

/** What an agent answered: a number, or a text. */
export type Raw = number | string;

/** Tags of ASN.1 and SMIv2, as the library gives them. */
const types = { integer: 2, octets: 4, oid: 6, counter: 65, gauge: 66, ticks: 67, counter64: 70 };
const numbers: readonly (number | undefined)[] = [
  types.integer,
  types.counter,
  types.gauge,
  types.ticks,
];

/** The value of a variable; undefined for what is neither a number nor a text, such as NULL. */
export function rawOf({ type, value }: Varbind): Raw | undefined {
  if (numbers.includes(type)) return typeof value === "number" ? value : undefined;
  if (type === types.counter64 && Buffer.isBuffer(value)) {
    return value.length === 0 ? 0 : Number(BigInt(`0x${value.toString("hex")}`));
  }
  // Some agents end their texts with a zero byte.
  if (type === types.octets && Buffer.isBuffer(value))
    return value.toString("utf8").replace(/\0+$/, "");
  if (type === types.oid && typeof value === "string") return value;
  return undefined;
}

/** A number that an agent gave, and whether it is already in the unit that the text names. */
export interface RawNumber {
  readonly number: number;
  readonly inUnit: boolean;
}

/**
 * The number in an answer. A text counts only when it can mean one thing: a whole number, or a decimal
 * one with a point, alone or before the unit that is expected. With a decimal comma, another unit, an
 * exponent or a second number it is none.
 */
export function numberIn(raw: Raw, unit: string | undefined): RawNumber | undefined {
  if (typeof raw === "number") return { number: raw, inUnit: false };
  const [, digits = "", named = ""] = /^\s*([-+]?\d+(?:\.\d+)?)\s*(\D*?)\s*$/.exec(raw) ?? [];
  if (digits === "") return undefined;
  if (named !== "" && named.toLowerCase() !== unit?.toLowerCase()) return undefined;
  return { number: Number(digits), inUnit: named !== "" };
}

/** Whether a text gives decimals, which a count of tenths can't have. */
export function hasDecimals(raw: Raw): boolean {
  return typeof raw === "string" && raw.includes(".");
}
