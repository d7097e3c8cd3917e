import type { DataValue, NodeId, ReadValueIdOptions } from "node-opcua-client";
import type { Finding } from "../../driver.ts";
import { type Connection, describeEndpoint } from "./connect.ts";
import { nodeText } from "./node.ts";
import { plain } from "./variant.ts";

/** A probe ends somewhere, whatever the server has: nodes looked at, and levels below Objects. */
const maxNodes = 20_000;
const maxDepth = 24;
/** Nodes in one request: servers of small controllers take no more at once. */
const nodesPerRequest = 100;
/** Of the standard (part 5 and 6): where the walk begins, and the server's own diagnosis, left out. */
const objectsFolder = "i=85";
const serverObject = "i=2253";

interface Variable {
  readonly nodeId: NodeId;
  readonly name: string;
}

/** The endpoints of a server and every variable below Objects, with value, unit and type. */
export async function browse(connection: Connection): Promise<readonly Finding[]> {
  const { endpoints, library, namespaces } = connection;
  const offered = endpoints.map(
    (endpoint): Finding => ({
      point: "endpoint",
      value: describeEndpoint(library)(endpoint),
      note: (endpoint.userIdentityTokens ?? [])
        .map(({ tokenType }) => library.UserTokenType[tokenType])
        .join(", "),
    }),
  );
  const variables = await walk(connection);
  const units = await unitsOf(connection, variables);
  const values = await readAll(
    connection,
    variables.map(({ nodeId }) => ({ nodeId, attributeId: library.AttributeIds.Value })),
  );
  const found = variables.map(({ nodeId, name }, index): Finding => {
    const data = values[index];
    const { value, unusable } = plain(data?.value, library);
    const type = data?.value ? library.DataType[data.value.dataType] : undefined;
    const status = data && !data.statusCode.isGood() ? data.statusCode.name : undefined;
    const unit = units.get(nodeId.toString());
    const note = [name, unit && `[${unit}]`, type, status, unusable].filter(Boolean).join(" ");
    return { point: nodeText(nodeId, namespaces), value, note };
  });
  return [...offered, ...found];
}

async function walk({ library, session }: Connection): Promise<Variable[]> {
  const { BrowseDirection, NodeClass, resolveNodeId } = library;
  const seen = new Set([resolveNodeId(serverObject).toString()]);
  const variables: Variable[] = [];
  let level: NodeId[] = [resolveNodeId(objectsFolder)];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    const next: NodeId[] = [];
    for (let from = 0; from < level.length; from += nodesPerRequest) {
      const results = await library.browseAll(
        session,
        level.slice(from, from + nodesPerRequest).map((nodeId) => ({
          nodeId,
          referenceTypeId: "HierarchicalReferences",
          includeSubtypes: true,
          browseDirection: BrowseDirection.Forward,
          nodeClassMask: NodeClass.Object | NodeClass.Variable,
          resultMask: 63,
        })),
      );
      for (const { nodeId, nodeClass, displayName } of results.flatMap((r) => r.references ?? [])) {
        const key = nodeId.toString();
        if (seen.has(key) || seen.size >= maxNodes) continue;
        seen.add(key);
        next.push(nodeId);
        if (nodeClass === NodeClass.Variable)
          variables.push({ nodeId, name: displayName.text ?? "" });
      }
    }
    level = next;
  }
  return variables;
}

/** Units by node: the property EngineeringUnits of part 8, where there is one. */
async function unitsOf(
  { library, session }: Connection,
  variables: readonly Variable[],
): Promise<ReadonlyMap<string, string>> {
  const units = new Map<string, string>();
  for (let from = 0; from < variables.length; from += nodesPerRequest) {
    const some = variables.slice(from, from + nodesPerRequest);
    const paths = await session.translateBrowsePath(
      some.map(({ nodeId }) => library.makeBrowsePath(nodeId, ".EngineeringUnits")),
    );
    const properties = paths.flatMap(({ targets }, index) => {
      const [target] = targets ?? [];
      const variable = some[index];
      return target && variable ? [{ of: variable.nodeId, property: target.targetId }] : [];
    });
    // A request without a node is an error to a server (part 4, 5.10.2).
    if (properties.length === 0) continue;
    const read = await session.read(
      properties.map(({ property }) => ({
        nodeId: property,
        attributeId: library.AttributeIds.Value,
      })),
    );
    for (const [index, { of }] of properties.entries()) {
      const information = read[index]?.value?.value as { displayName?: { text?: string } } | null;
      if (information?.displayName?.text) units.set(of.toString(), information.displayName.text);
    }
  }
  return units;
}

async function readAll(
  { session }: Connection,
  nodes: readonly ReadValueIdOptions[],
): Promise<DataValue[]> {
  const values: DataValue[] = [];
  for (let from = 0; from < nodes.length; from += nodesPerRequest) {
    values.push(...(await session.read(nodes.slice(from, from + nodesPerRequest))));
  }
  return values;
}
