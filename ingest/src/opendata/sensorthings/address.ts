import { RequestFault } from "./fault.ts";
import { type Collection, collections, linkOf } from "./model.ts";

/** What a path below the service names (OGC 18-088, 9.2). */
export interface Address {
  readonly collection: Collection;
  readonly id?: string;
  /** From there by links, each with the id of one of its many where the path names it. */
  readonly steps: readonly {
    readonly link: string;
    readonly many: boolean;
    readonly id?: string;
  }[];
  /** Of the one entity: a property, or nothing but its value. */
  readonly property?: string;
  readonly raw?: boolean;
  /** Addresses instead of entities. */
  readonly references?: boolean;
  /** What it leads to. */
  readonly to: Collection;
  /** Many entities, or one. */
  readonly many: boolean;
}

/**
 * Reads `Things('a')/Datastreams` and its like, decoded.
 * @throws RequestFault (404) for what is no resource of SensorThings
 */
export function parseAddress(path: string): Address {
  const parts = split(path);
  const [first = "", ...rest] = parts;
  const { name, id } = partOf(first);
  if (!collections.includes(name as Collection)) throw unknown(path);
  const collection = name as Collection;
  const steps: { link: string; many: boolean; id?: string }[] = [];
  let to = collection;
  let many = id === undefined;
  for (const [at, part] of rest.entries()) {
    const step = partOf(part);
    const last = at === rest.length - 1;
    const base = { collection, ...(id !== undefined && { id }), steps, to, many };
    if (part === "$ref" && last && many) return { ...base, references: true };
    if (many) throw unknown(path);
    const link = linkOf(to, step.name);
    if (!link) {
      if (step.id !== undefined) throw unknown(path);
      if (last) return { ...base, property: part };
      if (rest[at + 1] === "$value" && at === rest.length - 2)
        return { ...base, property: part, raw: true };
      throw unknown(path);
    }
    if (step.id !== undefined && !link.many) throw unknown(path);
    steps.push({ link: step.name, many: link.many, ...(step.id !== undefined && { id: step.id }) });
    to = link.to;
    many = link.many && step.id === undefined;
  }
  return { collection, ...(id !== undefined && { id }), steps, to, many };
}

function unknown(path: string): RequestFault {
  return new RequestFault(
    404,
    `there is no ${path}; the collections are ${collections.join(", ")}`,
  );
}

function partOf(part: string): { name: string; id?: string } {
  const found = /^(\w+)\((?:'((?:[^']|'')*)'|(-?\d+))\)$/s.exec(part);
  if (!found) return { name: part };
  const [, name = "", quoted, bare = ""] = found;
  return { name, id: quoted?.replaceAll("''", "'") ?? bare };
}

/** At each stroke outside quotes: an id may have one. */
function split(path: string): string[] {
  return path.match(/(?:[^/']|'(?:[^']|'')*')+/g) ?? [];
}
