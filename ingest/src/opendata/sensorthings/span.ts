import type { Expression, Operator } from "./expression.ts";
import { isTime } from "./functions.ts";

/** Milliseconds since 1970 UTC, both inclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The same comparison seen from the other side. */
const turned: Readonly<Partial<Record<Operator, Operator>>> = {
  ...{ eq: "eq", gt: "lt", ge: "le", lt: "gt", le: "ge" },
};

/**
 * Within which times every Observation lies of which a filter can be true: so that the store is asked for
 * no more. Wider than need be where the filter is more than comparisons joined by `and`.
 */
export function spanOf(filter: Expression | undefined): Span {
  const all = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  if (filter?.kind !== "binary") return all;
  const { operator, left, right } = filter;
  if (operator === "and") {
    const [a, b] = [spanOf(left), spanOf(right)];
    return { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
  }
  const side = isInstant(left) ? operator : isInstant(right) ? turned[operator] : undefined;
  const other = isInstant(left) ? right : left;
  if (side === undefined || other.kind !== "literal" || !isTime(other.value)) return all;
  const { from, to } = other.value;
  if (side === "eq") return { from, to };
  return side === "gt" || side === "ge" ? { ...all, from } : { ...all, to };
}

/** An Observation of this service has one time: that of the reading. */
function isInstant({ kind, ...rest }: Expression): boolean {
  const [name, more] = (rest as { segments?: readonly string[] }).segments ?? [];
  return kind === "path" && (name === "phenomenonTime" || name === "resultTime") && !more;
}
