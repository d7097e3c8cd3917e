import type { NodeId } from "node-opcua-client";
import type { Library } from "./connect.ts";

/**
 * The node at this server, where a namespace may be named by its URI.
 * @param namespaces the server's, in its order
 * @throws RangeError naming the namespaces that the server has
 */
export function resolveNode(
  text: string,
  namespaces: readonly string[],
  { resolveNodeId }: Library,
): NodeId {
  const [, uri, rest] = /^nsu=([^;]+);(.+)$/.exec(text) ?? [];
  if (uri === undefined || rest === undefined) return resolveNodeId(text);
  const index = namespaces.indexOf(uri);
  if (index < 0) {
    throw new RangeError(
      `the server has no namespace ${JSON.stringify(uri)}; it has ${namespaces.join(", ")}`,
    );
  }
  return resolveNodeId(`ns=${index};${rest}`);
}

/** The node as it is written in a configuration: by the URI, which outlives a restart. */
export function nodeText(nodeId: NodeId, namespaces: readonly string[]): string {
  const text = nodeId.toString().replace(/^ns=\d+;/, "");
  const uri = namespaces[nodeId.namespace];
  return nodeId.namespace === 0 || uri === undefined ? text : `nsu=${uri};${text}`;
}
