import type { Place, Raw, Source } from "./place.ts";

const numeric = /^(S?Byte|U?Int(16|32|64)|Float|Double|Number|U?Integer|i=([2-9]|1[01]|2[678]))$/;
/** A property says something of its holder; it is no reading (OPC 10000-3, 4.4.2). */
const propertyType = "i=68";

interface Node {
  readonly id: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly element: string;
  readonly dataType: string;
  readonly body: string;
}

/** Reads a node set of OPC UA (UANodeSet XML); undefined when it is none. */
export function readNodeSet(text: string): Source | undefined {
  if (!/<(\w+:)?UANodeSet[\s>]/.test(text)) return undefined;
  const nodes = new Map<string, Node>();
  const element =
    /<(?:\w+:)?(UAVariable|UAObject|UAVariableType|UAObjectType)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:\w+:)?\1>)/g;
  for (const [, kind = "", attributes = "", body = ""] of text.matchAll(element)) {
    const attribute = (name: string): string | undefined =>
      new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
    const id = attribute("NodeId");
    if (id === undefined) continue;
    const parent =
      attribute("ParentNodeId") ?? /IsForward="false"[^>]*>\s*([^<\s]+)\s*</.exec(body)?.[1];
    nodes.set(id, {
      id,
      name: (attribute("BrowseName") ?? id).replace(/^\d+:/, ""),
      parent,
      element: kind,
      dataType: attribute("DataType") ?? "",
      body,
    });
  }
  const units = new Map<string, string>();
  for (const { name, parent, body } of nodes.values()) {
    if (name !== "EngineeringUnits" || parent === undefined) continue;
    const shown = /<(?:\w+:)?DisplayName>[\s\S]*?<(?:\w+:)?Text>([^<]*)</.exec(
      body.slice(body.indexOf("Value")),
    )?.[1];
    if (shown) units.set(parent, plain(shown));
  }
  const places = [...nodes.values()]
    .filter(
      (node) => node.element === "UAVariable" && numeric.test(node.dataType) && !isProperty(node),
    )
    .map((node): Place => placeOf(node, nodes, units.get(node.id)));
  return { kind: "opcua", places };
}

function isProperty({ body }: Node): boolean {
  return new RegExp(`HasTypeDefinition"[^>]*>\\s*${propertyType}\\s*<`).test(body);
}

function placeOf(node: Node, nodes: ReadonlyMap<string, Node>, unit: string | undefined): Place {
  const names = [node.name];
  let above = node.parent;
  for (let steps = 0; above !== undefined && steps < 16; steps++) {
    const holder = nodes.get(above);
    if (!holder) break;
    names.unshift(holder.name);
    above = holder.parent;
  }
  const text = (tag: string): string | undefined =>
    new RegExp(`<(?:\\w+:)?${tag}\\b[^>]*>([^<]*)<`).exec(node.body)?.[1];
  const label = [text("DisplayName"), text("Description")]
    .filter((each) => each && each !== node.name)
    .map((each) => plain(each ?? ""))
    .join(", ");
  const value = /<(?:\w+:)?Value>\s*<[^>]+>\s*([^<\s]+)\s*</.exec(node.body)?.[1];
  return {
    path: node.id,
    names,
    values: value === undefined ? [] : [value],
    read: { node: node.id },
    ...(label && { label }),
    ...(unit !== undefined && { unit }),
  };
}

function plain(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll("&amp;", "&")
    .trim();
}

/** Reads a browse in JSON: nodes with `nodeId`, in a list or below each other; undefined when it is none. */
export function readBrowse(document: unknown): Source | undefined {
  const places: Place[] = [];
  const walk = (here: unknown, names: readonly string[], depth: number): void => {
    if (typeof here !== "object" || here === null || depth > 32 || places.length >= 5000) return;
    const object = here as Record<string, unknown>;
    const id = textOf(object.nodeId ?? object.NodeId ?? object.node ?? object.id);
    const isNode = id !== undefined && /^(ns=\d+;|nsu=[^;]+;)?[isgb]=.+$/.test(id);
    const name = textOf(
      object.browseName ?? object.BrowseName ?? object.displayName ?? object.name,
    );
    const below = isNode && name !== undefined ? [...names, name.replace(/^\d+:/, "")] : names;
    const kind = textOf(object.nodeClass ?? object.NodeClass) ?? "Variable";
    if (isNode && id && /^(Variable|2)$/.test(kind)) {
      const held = object.value ?? object.Value;
      const value =
        typeof held === "object" && held !== null ? (held as { value?: unknown }).value : held;
      const label = textOf(object.displayName ?? object.description ?? object.DisplayName);
      const unit = textOf(
        object.engineeringUnits ?? object.EngineeringUnits ?? object.unit ?? object.units,
      );
      const type = textOf(object.dataType ?? object.DataType);
      if (type === undefined || numeric.test(type)) {
        places.push({
          path: id,
          names: below.length > 0 ? below : [id.replace(/^.*[isgb]=/, "")],
          values: value === undefined ? [] : [value as Raw],
          read: { node: id },
          ...(label !== undefined && label !== name && { label }),
          ...(unit !== undefined && { unit }),
        });
      }
    }
    for (const [key, inner] of Object.entries(object)) {
      if (typeof inner === "object" && !/^(value|Value|engineeringUnits)$/.test(key))
        walk(inner, below, depth + 1);
    }
  };
  walk(document, [], 0);
  return places.length > 0 ? { kind: "opcua", places } : undefined;
}

/** A text, or the text of a localised one. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const { text, displayName, Text, name } = value as Record<string, unknown>;
  for (const inner of [text, Text, displayName, name]) {
    const found = textOf(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
