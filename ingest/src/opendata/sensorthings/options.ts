import type { Expression } from "./expression.ts";
import { parseExpression } from "./expression.ts";
import { RequestFault } from "./fault.ts";
import { type Collection, linkOf } from "./model.ts";

/** What a request asks of a collection or an entity (OGC 18-088, 9.3). */
export interface Options {
  readonly filter?: Expression;
  readonly orderby: readonly { readonly by: Expression; readonly down: boolean }[];
  readonly top: number;
  readonly skip: number;
  readonly count: boolean;
  /** Empty: everything. */
  readonly select: readonly string[];
  readonly expand: ReadonlyMap<string, Options>;
  /** Where the Observations of the page before ended: milliseconds since 1970 UTC. */
  readonly after?: number;
  /** As it was written, for the address of the next page: `$option=value`. */
  readonly said: readonly string[];
}

/** How many entities an answer has, when the request does not say, and at most. */
const pageSize = { usual: 100, most: 1000 } as const;
/** Entities within entities within entities … */
const maxExpansion = 4;

/**
 * Reads the query of a request for a collection, or for one entity of it.
 * @throws RequestFault (400) naming the option, and what may stand there
 */
export function parseOptions(query: string, collection: Collection, depth = 0): Options {
  const said = new Map<string, string>();
  for (const part of splitOutside(query, depth === 0 ? "&" : ";")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = part.slice(0, at < 0 ? undefined : at);
    if (at < 0 || said.has(name))
      throw new RequestFault(400, `${name}: an option is written once, as $option=value`);
    said.set(name, part.slice(at + 1).trim());
  }
  const options: { -readonly [key in keyof Options]: Options[key] } = {
    orderby: [],
    top: pageSize.usual,
    skip: 0,
    count: false,
    select: [],
    expand: new Map(),
    said: [...said].map(([name, value]) => `${name}=${value}`),
  };
  for (const [name, value] of said) {
    switch (name) {
      case "$filter":
        options.filter = parseExpression(value);
        break;
      case "$orderby":
        options.orderby = splitOutside(value, ",").map(orderOf);
        break;
      case "$top":
        options.top = Math.min(countOf(name, value), pageSize.most);
        break;
      case "$skip":
        options.skip = countOf(name, value);
        break;
      case "$skiptoken":
        options.after = countOf(name, value);
        break;
      case "$count":
        if (value !== "true" && value !== "false")
          throw new RequestFault(400, `$count: ${JSON.stringify(value)} must be true or false`);
        options.count = value === "true";
        break;
      case "$select":
        options.select = value.split(",").map((one) => one.trim());
        break;
      case "$expand":
        options.expand = expansionsOf(value, collection, depth);
        break;
      default:
        throw new RequestFault(
          400,
          `${JSON.stringify(name)} is no option; there are $filter, $orderby, $top, $skip, $count, $select and $expand`,
        );
    }
  }
  return options;
}

function orderOf(text: string): { by: Expression; down: boolean } {
  const [, by = "", direction] = /^(.*?)(?:\s+(asc|desc))?$/.exec(text.trim()) ?? [];
  return { by: parseExpression(by), down: direction === "desc" };
}

function countOf(name: string, value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new RequestFault(400, `${name}: ${JSON.stringify(value)} must be a whole number from 0`);
}

/** `Datastreams($top=1),Locations` or `Datastreams/Observations`. */
function expansionsOf(text: string, from: Collection, depth: number): ReadonlyMap<string, Options> {
  if (depth >= maxExpansion)
    throw new RequestFault(400, `$expand: no more than ${maxExpansion} within each other`);
  const expansions = new Map<string, Options>();
  for (const part of splitOutside(text, ",")) {
    const [, name = "", inner = "", path = ""] =
      /^\s*(\w+)\s*(?:\((.*)\))?(?:\/(.*))?\s*$/s.exec(part) ?? [];
    const link = linkOf(from, name);
    if (!link) throw new RequestFault(400, `$expand: ${from} have no link ${JSON.stringify(part)}`);
    const nested = path === "" ? inner : [inner, `$expand=${path}`].filter(Boolean).join(";");
    const options = parseOptions(nested, link.to, depth + 1);
    const before = expansions.get(name);
    // Datastreams/Sensor,Datastreams/ObservedProperty ask for one thing with both.
    if (before)
      for (const [deeper, one] of before.expand)
        (options.expand as Map<string, Options>).set(deeper, one);
    expansions.set(name, options);
  }
  return expansions;
}

/** Parts between separators that stand in no parentheses and no quotes. */
function splitOutside(text: string, separator: string): string[] {
  const parts = [""];
  let depth = 0;
  let quoted = false;
  for (const character of text) {
    if (character === "'") quoted = !quoted;
    else if (!quoted && character === "(") depth++;
    else if (!quoted && character === ")") depth--;
    if (character === separator && depth === 0 && !quoted) parts.push("");
    else parts[parts.length - 1] += character;
  }
  if (quoted || depth !== 0)
    throw new RequestFault(400, `${JSON.stringify(text)}: a quote or a parenthesis stays open`);
  return parts;
}
