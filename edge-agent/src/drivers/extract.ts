import {
  conversionSchema,
  convert,
  type Flag,
  flags,
  quantityNamePattern,
  type Value,
  valueSchema,
} from "@kenh/schemas";
import * as z from "zod";

/** Steps from the outside in; none is the document itself. */
export type Path = readonly string[];

const bracketed = String.raw`\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]`;
const name = String.raw`([^.[\]"']+)`;
const firstStep = new RegExp(`${name}|${bracketed}`, "y");
const nextStep = new RegExp(String.raw`\.${name}|${bracketed}`, "y");

/**
 * Reads a path such as `message.data["total.in"]` or `rxInfo[0].rssi`; the empty one is the whole.
 * @throws RangeError saying where it can't be read.
 */
export function parsePath(text: string): Path {
  const path: string[] = [];
  let at = 0;
  while (at < text.length) {
    const step = at === 0 ? firstStep : nextStep;
    step.lastIndex = at;
    const match = step.exec(text);
    if (!match) {
      throw new RangeError(
        `can't be read from ${JSON.stringify(text.slice(at))} on; write it like a.b[0]["c.d"]`,
      );
    }
    const [, plain, index, quoted] = match;
    path.push(plain ?? index ?? (JSON.parse(quoted ?? '""') as string));
    at = step.lastIndex;
  }
  return path;
}

/** A path as a person writes it. */
export const pathSchema = z.string().transform((text, context): Path => {
  try {
    return parsePath(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
    return z.NEVER;
  }
});

/** The path as `parsePath` reads it. */
export function formatPath(path: Path): string {
  return path
    .map((name, index) => {
      if (/^\d+$/.test(name)) return `[${name}]`;
      if (/[.[\]"']/.test(name) || name === "") return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}

/**
 * What stands at the path, or undefined. Only what the document itself holds is found: nothing is
 * inherited, so a path through `constructor` or `__proto__` leads nowhere else.
 */
export function pick(document: unknown, path: Path): unknown {
  let here = document;
  for (const name of path) {
    if (typeof here !== "object" || here === null) return undefined;
    // An array has a length of its own, which no device sent.
    if (Array.isArray(here) && !/^\d+$/.test(name)) return undefined;
    if (!Object.hasOwn(here, name)) return undefined;
    here = (here as Record<string, unknown>)[name];
  }
  return here;
}

/** One end of a document. */
export interface Leaf {
  readonly path: string;
  readonly value: string | number | boolean | null;
  /** Where the value stood in an object of value and unit. */
  readonly unit?: string;
}

/** A document is looked through this far and no farther: a hostile one costs no more. */
const maxDepth = 32;
const maxLeaves = 1000;

/** The ends of a document, in its order; an object with `value` and `unit` is one end. */
export function leaves(document: unknown): readonly Leaf[] {
  const found: Leaf[] = [];
  const walk = (here: unknown, path: Path): void => {
    if (found.length >= maxLeaves || path.length > maxDepth) return;
    if (typeof here !== "object" || here === null) {
      if (here !== undefined) found.push({ path: formatPath(path), value: here as Leaf["value"] });
      return;
    }
    const { value, unit } = measured(here) ?? {};
    if (value !== undefined && (typeof value !== "object" || value === null)) {
      found.push({
        path: formatPath(path),
        value: value as Leaf["value"],
        ...(unit !== undefined && { unit }),
      });
      return;
    }
    for (const [name, inner] of Object.entries(here)) walk(inner, [...path, name]);
  };
  walk(document, []);
  return found;
}

/** `{value, unit}`, in which some makers wrap each reading. */
function measured(object: object): { value: unknown; unit: string | undefined } | undefined {
  if (Array.isArray(object) || !Object.hasOwn(object, "value")) return undefined;
  const { value } = object as { value: unknown };
  const unit = Object.hasOwn(object, "unit") ? (object as { unit: unknown }).unit : undefined;
  return { value, unit: typeof unit === "string" ? unit : undefined };
}

/** Fields of a point that say what becomes of what was found. */
export const ruleShape = {
  quantity: z.string().regex(quantityNamePattern, {
    error: "must be a quantity, lower case with digits and _, such as water_level_m",
  }),
  type: z.enum(["number", "boolean", "string"]).default("number"),
  map: z
    .record(z.string(), valueSchema.nullable())
    .optional()
    .describe("what the device says, as text, to value; null means that it has none"),
  unit: z
    .string()
    .optional()
    .describe("the unit that the device is to name beside the value; another is refused"),
  ...conversionSchema.shape,
};
/** Says what becomes of a raw value. */
export const ruleSchema = z.strictObject(ruleShape);
export type Rule = z.output<typeof ruleSchema>;

/** A place in a document and what becomes of what stands there. */
export const pointSchema = z.strictObject({
  path: pathSchema.describe("where the value stands; empty for the whole payload"),
  ...ruleShape,
});
export type Point = z.output<typeof pointSchema>;

/** Points of one message; each has a quantity of its own. */
export const pointsSchema = z
  .array(pointSchema)
  .refine((points) => new Set(points.map((p) => p.quantity)).size === points.length, {
    error: "gives one quantity twice: give each point its own",
  });

/** A value and how far it is to be believed; null with flag 9, and with a reason where it is a fault. */
export interface Interpreted {
  readonly value: Value | null;
  readonly flag: Flag;
  readonly reason?: string;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Makes a value of what a device says. What it can't be is missing, with the reason: never zero. */
export function interpret(raw: unknown, rule: Rule): Interpreted {
  const missing = (reason?: string): Interpreted => ({
    value: null,
    flag: flags.missing,
    ...(reason !== undefined && { reason }),
  });
  const wrapped = typeof raw === "object" && raw !== null ? measured(raw) : undefined;
  if (wrapped?.unit !== undefined && rule.unit !== undefined && wrapped.unit !== rule.unit) {
    return missing(
      `is in ${JSON.stringify(wrapped.unit)} and not in ${JSON.stringify(rule.unit)}: correct unit and scale of the point`,
    );
  }
  const found = wrapped ? wrapped.value : raw;
  if (found === null || found === undefined) return missing();
  if (typeof found === "object") return missing("is no single value: let the path go on into it");
  const said = String(found);
  const { map, type } = rule;
  if (map && Object.hasOwn(map, said)) {
    const value = map[said];
    return value === null || value === undefined ? missing() : { value, flag: flags.notEvaluated };
  }
  if (type === "string") return { value: said, flag: flags.notEvaluated };
  if (type === "boolean") {
    return typeof found === "boolean"
      ? { value: found, flag: flags.notEvaluated }
      : missing(`${JSON.stringify(said)} is not true or false: name it in map`);
  }
  if (typeof found === "number" || (typeof found === "string" && decimal.test(said.trim()))) {
    return convert(Number(found), rule);
  }
  return missing(
    `${JSON.stringify(said.slice(0, 80))} is no number: name it in map, or set the type of the point`,
  );
}

/** The readings of one message. */
export interface Readings {
  readonly values: Record<string, Value>;
  readonly qc: Record<string, Flag>;
  /** Points that stand in the document, with or without a value. */
  readonly found: number;
}

/**
 * Takes the points out of a document. A point that is not in it gives nothing; one that is there and
 * has no value is missing (9).
 * @param refuse told of what is there and can't be read
 */
export function extract(
  document: unknown,
  points: readonly Point[],
  refuse: (path: string, reason: string) => void,
): Readings {
  const values: Record<string, Value> = {};
  const qc: Record<string, Flag> = {};
  let found = 0;
  for (const point of points) {
    const raw = pick(document, point.path);
    if (raw === undefined) continue;
    found++;
    const { value, flag, reason } = interpret(raw, point);
    if (reason !== undefined) refuse(formatPath(point.path), reason);
    if (value !== null) values[point.quantity] = value;
    if (flag !== flags.notEvaluated) qc[point.quantity] = flag;
  }
  return { values, qc, found };
}

const iso =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?\s*(Z|[+-]\d{2}(?::?\d{2})?)$/i;

/**
 * Milliseconds since 1970 UTC of an ISO 8601 time that carries its zone, cut to the millisecond
 * however many digits it has; undefined when it is none.
 */
export function isoTime(text: string): number | undefined {
  const match = iso.exec(text.trim());
  if (!match) return undefined;
  const [, date, time, fraction = "", zone = "Z"] = match;
  const offset = /^z$/i.test(zone)
    ? "Z"
    : `${zone.slice(0, 3)}:${zone.length > 3 ? zone.slice(-2) : "00"}`;
  const seconds = time?.length === 5 ? `${time}:00` : time;
  const ts = Date.parse(`${date}T${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}${offset}`);
  return Number.isNaN(ts) ? undefined : ts;
}
