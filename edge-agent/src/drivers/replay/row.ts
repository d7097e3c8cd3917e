import { type Flag, flags, type Identity, type Value } from "@kenh/schemas";
import type { DriverSample } from "../../driver.ts";
import type { Config } from "./config.ts";
import { timestampReader } from "./timestamp.ts";

/** A row of the file by column name. */
export type Row = Readonly<Record<string, string | undefined>>;

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const severity: readonly Flag[] = [
  flags.pass,
  flags.notEvaluated,
  flags.suspect,
  flags.fail,
  flags.missing,
];

/** The columns that a file must have for this configuration. */
export function columnsOf(config: Config): readonly string[] {
  return [
    config.time.column,
    ...Object.keys(config.columns),
    ...config.quality.map((rule) => rule.column),
    ...(config.deviceBy ? [config.deviceBy.column] : []),
  ];
}

/**
 * Makes the function that turns a row into a sample: as many readings as columns are mapped, a cell
 * without a value as flag 9. It throws a RangeError, with the reason, for a row that can't be read.
 */
export function rowReader(config: Config): (row: Row) => DriverSample {
  const readTime = timestampReader(config.time.format, config.time.zone);
  const columns = Object.entries(config.columns).map(([name, column]) => ({
    name,
    ...column,
    absent: new Set([...config.missing, ...column.missing]),
  }));
  const rules = config.quality.map((rule) => ({
    ...rule,
    quantities: rule.quantities ?? columns.map((column) => column.quantity),
  }));

  return (row) => {
    const ts = readTime((row[config.time.column] ?? "").trim());
    const values: Record<string, Value> = {};
    const qc: Record<string, Flag> = {};
    for (const rule of rules) {
      const flag = flagOf(rule, row[rule.column] ?? "");
      for (const quantity of rule.quantities) qc[quantity] = worse(qc[quantity], flag);
    }
    for (const column of columns) {
      const cell = (row[column.name] ?? "").trim();
      if (column.absent.has(cell)) qc[column.quantity] = flags.missing;
      else values[column.quantity] = readValue(cell, column);
    }
    return {
      ts,
      values,
      ...(Object.keys(qc).length > 0 && { qc }),
      ...(config.deviceBy && { device: deviceOf(config.deviceBy, row) }),
    };
  };
}

function readValue(cell: string, column: Config["columns"][string] & { name: string }): Value {
  if (column.type === "string") return cell;
  if (column.type === "boolean") {
    if (/^(true|1)$/i.test(cell)) return true;
    if (/^(false|0)$/i.test(cell)) return false;
    throw new RangeError(`${column.name} ${JSON.stringify(cell)} is not true, false, 1 or 0`);
  }
  const number = Number(cell) * column.scale + column.offset;
  if (!numberPattern.test(cell) || !Number.isFinite(number)) {
    throw new RangeError(
      `${column.name} ${JSON.stringify(cell)} is not a number: correct it, or name it as missing`,
    );
  }
  return number;
}

function flagOf(rule: Config["quality"][number], cell: string): Flag {
  const parts = rule.separator ? cell.split(rule.separator) : [cell];
  return parts.reduce<Flag>((worst, part) => {
    const flag = Object.hasOwn(rule.flags, part.trim()) ? rule.flags[part.trim()] : undefined;
    if (flag === undefined) {
      throw new RangeError(
        `${rule.column} ${JSON.stringify(cell)}: ${JSON.stringify(part.trim())} is not among the flags ${Object.keys(rule.flags).join(", ")}`,
      );
    }
    return worse(worst, flag);
  }, flags.pass);
}

function worse(one: Flag | undefined, other: Flag): Flag {
  return one === undefined || severity.indexOf(other) > severity.indexOf(one) ? other : one;
}

function deviceOf(by: NonNullable<Config["deviceBy"]>, row: Row): Identity {
  const cell = (row[by.column] ?? "").trim();
  const device = Object.hasOwn(by.devices, cell) ? by.devices[cell] : undefined;
  if (device) return device;
  throw new RangeError(
    `${by.column} ${JSON.stringify(cell)} is not among the devices: add it to deviceBy`,
  );
}
