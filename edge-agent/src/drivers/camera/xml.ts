import { XMLParser, XMLValidator } from "fast-xml-parser";

/** An element: text, or children and attributes (`@name`) by their names without prefix. */
export type Xml = string | { readonly [name: string]: Xml | readonly Xml[] | undefined };

// Texts stay texts: a firmware "1.0" is no number.
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
});

/**
 * Reads a document.
 * @throws Error when it is none, or brings its own document type.
 */
export function parseXml(text: string): Xml {
  if (text.includes("<!DOCTYPE")) throw new Error("the XML brings a document type: not read");
  const fault = XMLValidator.validate(text);
  if (fault !== true) {
    throw new Error(`the answer is not XML: ${fault.err.msg} (line ${fault.err.line})`);
  }
  return parser.parse(text) as Xml;
}

/** All elements at the path, also where the middle of the path comes several times. */
export function allAt(node: Xml | undefined, ...path: readonly string[]): readonly Xml[] {
  let nodes: readonly Xml[] = node === undefined ? [] : [node];
  for (const name of path) {
    nodes = nodes.flatMap((each) => {
      const found = typeof each === "string" ? undefined : each[name];
      return found === undefined ? [] : (found as Xml | readonly Xml[]);
    });
  }
  return nodes;
}

/** The first element at the path. */
export function firstAt(node: Xml | undefined, ...path: readonly string[]): Xml | undefined {
  return allAt(node, ...path)[0];
}

/** The text of the first element at the path; undefined when there is none or it is empty. */
export function textAt(node: Xml | undefined, ...path: readonly string[]): string | undefined {
  const found = firstAt(node, ...path);
  const text = typeof found === "string" ? found : found?.["#text"];
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined;
}

/** Makes text safe inside an element or an attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
