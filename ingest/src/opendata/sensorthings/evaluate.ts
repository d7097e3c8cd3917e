import type { Expression, Operator } from "./expression.ts";
import { RequestFault } from "./fault.ts";
import { call, geometryOf, isDuration, isGeometry, isTime, type Value } from "./functions.ts";
import { type Entity, linkOf } from "./model.ts";

/** Properties whose text is a time or two with a stroke between them (ISO 8601). */
const times = new Set(["phenomenonTime", "resultTime", "validTime", "time"]);

/**
 * Whether an expression is true of an entity. A path over many (a Thing's Datastreams) is true when it
 * is so of one of them; what an entity does not have makes nothing true.
 * @param now milliseconds since 1970 UTC
 * @throws RequestFault when the expression names what such an entity can't have
 */
export function isTrue(expression: Expression, entity: Entity, now: number): boolean {
  return valuesOf(expression, entity, now).some((value) => value === true);
}

/** All that an expression comes to: several values where its path leads to many. */
export function valuesOf(expression: Expression, entity: Entity, now: number): Value[] {
  const inner = (of: Expression): Value[] => valuesOf(of, entity, now);
  switch (expression.kind) {
    case "literal": {
      const { value } = expression;
      return [
        typeof value === "object" && value !== null && "wkt" in value ? geometryOf(value) : value,
      ];
    }
    case "path":
      return follow([entity], expression.segments);
    case "not":
      return [!isTrue(expression.of, entity, now)];
    case "call": {
      let rows: Value[][] = [[]];
      for (const argument of expression.given) {
        const values = inner(argument);
        rows = rows.flatMap((row) => values.map((value) => [...row, value]));
      }
      return rows.map((row) => call(expression.name, row, now));
    }
    case "binary": {
      const { operator, left, right } = expression;
      if (operator === "and") return [isTrue(left, entity, now) && isTrue(right, entity, now)];
      if (operator === "or") return [isTrue(left, entity, now) || isTrue(right, entity, now)];
      const rights = inner(right);
      return inner(left).flatMap((a) => rights.map((b) => binary(operator, a, b)));
    }
  }
}

function follow(entities: readonly Entity[], [name = "", ...rest]: readonly string[]): Value[] {
  return entities.flatMap((entity) => {
    if (name === "id" || name === "@iot.id") return [entity.id];
    const link = linkOf(entity.collection, name);
    if (!link) return [propertyOf(entity, name, rest)];
    if (link.to === "Observations")
      throw new RequestFault(
        501,
        `${entity.collection} can't be chosen by their Observations: ask for the Observations of a Datastream with this filter`,
      );
    if (rest.length === 0)
      throw new RequestFault(
        400,
        `${name} is an entity: name a property of it, such as ${name}/id`,
      );
    const next = link.many ? entity.many[name] : entity.one[name];
    return next === undefined ? [] : follow([next].flat(), rest);
  });
}

function propertyOf(entity: Entity, name: string, path: readonly string[]): Value {
  if (!known(entity, name))
    throw new RequestFault(
      400,
      `${entity.collection} have no ${name}; they have id, ${Object.keys(entity.properties).join(", ")}`,
    );
  let value: unknown = entity.properties[name];
  for (const segment of path) {
    value =
      Object(value) === value && Object.hasOwn(value as object, segment)
        ? (value as Record<string, unknown>)[segment]
        : undefined;
  }
  if (typeof value === "string" && times.has(name) && path.length === 0) return timeOf(value);
  if (typeof value === "object" && value !== null) {
    const geometry = "geometry" in value ? value.geometry : value;
    return isGeometry(geometry) ? geometry : undefined;
  }
  return value as Value;
}

/** The optional properties of the standard are known although an entity has none of them. */
function known({ properties }: Entity, name: string): boolean {
  return Object.hasOwn(properties, name) || times.has(name) || name === "properties";
}

function timeOf(text: string): Value {
  const [from = "", to = from] = text.split("/");
  return { from: Date.parse(from), to: Date.parse(to) };
}

function binary(operator: Exclude<Operator, "and" | "or">, a: Value, b: Value): Value {
  switch (operator) {
    case "eq":
      return compare(a, b) === 0;
    case "ne":
      return compare(a, b) !== 0;
    case "gt":
      return isTime(a) && isTime(b) ? a.from > b.to : (compare(a, b) ?? 0) > 0;
    case "lt":
      return isTime(a) && isTime(b) ? a.to < b.from : (compare(a, b) ?? 0) < 0;
    case "ge":
      return isTime(a) && isTime(b) ? a.from >= b.from : (compare(a, b) ?? -1) >= 0;
    case "le":
      return isTime(a) && isTime(b) ? a.to <= b.to : (compare(a, b) ?? 1) <= 0;
    default:
      return arithmetic(operator, a, b);
  }
}

/** Below 0, 0 or above 0 as `sort` has it; undefined where two values can't be compared. */
export function compare(a: Value, b: Value): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a === null || b === null) return a === b ? 0 : undefined;
  if (isTime(a) && isTime(b)) return a.from - b.from || a.to - b.to;
  if (isDuration(a) && isDuration(b)) return a.ms - b.ms;
  if (typeof a === "object" || typeof b === "object" || typeof a !== typeof b) return undefined;
  return a < b ? -1 : a > b ? 1 : 0;
}

function arithmetic(operator: "add" | "sub" | "mul" | "div" | "mod", a: Value, b: Value): Value {
  const sign = operator === "sub" ? -1 : 1;
  const shifts = operator === "add" || operator === "sub";
  if (shifts && isTime(a) && isDuration(b))
    return { from: a.from + sign * b.ms, to: a.to + sign * b.ms };
  if (operator === "sub" && isTime(a) && isTime(b)) return { ms: a.from - b.from };
  if (typeof a !== "number" || typeof b !== "number") return undefined;
  if (operator === "add") return a + b;
  if (operator === "sub") return a - b;
  if (operator === "mul") return a * b;
  return operator === "div" ? a / b : a % b;
}
