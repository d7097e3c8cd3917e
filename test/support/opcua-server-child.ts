import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import {
  DataType,
  MessageSecurityMode,
  NodeClass,
  SecurityPolicy,
  StatusCodes,
  VariantArrayType,
} from "node-opcua-client";
import { nodesets } from "node-opcua-nodesets";
import { OPCUAServer } from "node-opcua-server";
import type { OpcuaCommand, OpcuaReady, OpcuaSettings } from "./opcua-server.ts";

/** The part of a node by which the address space is walked through. */
interface Walked {
  readonly nodeId: { toString(): string };
  findReferencesExAsObject(type: string): Walked[];
}

/** The server's own diagnosis (part 5, 8.2). */
const serverObject = "ns=0;i=2253";

/** What the library does not show, and a server that has gone deaf needs. */
interface Inside {
  readonly _sessions: Readonly<
    Record<string, { publishEngine: { subscriptions: { _stop_timer(): void }[] } }>
  >;
}

/** The process of `startOpcuaServer`: takes its settings as the first message, then commands. */
process.once("message", (settings: OpcuaSettings) => void serve(settings));
// Nobody is left to stop it.
process.once("disconnect", () => process.exit());

async function serve({
  port,
  folder,
  nodesetFiles,
  policy,
  gauges: count,
}: OpcuaSettings): Promise<void> {
  const machinery = nodesetFiles.length > 0 ? [nodesets.di, nodesets.ia, nodesets.machinery] : [];
  const certificates = new OPCUACertificateManager({
    rootFolder: `${folder}/pki`,
    // Whom the server trusts is not what is tested.
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  const users = new OPCUACertificateManager({
    rootFolder: `${folder}/users`,
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  const server = new OPCUAServer({
    host: "127.0.0.1",
    port,
    hostname: "127.0.0.1",
    allowAnonymous: true,
    disableDiscovery: true,
    nodeset_filename: [nodesets.standard, ...machinery, ...nodesetFiles],
    serverCertificateManager: certificates,
    userCertificateManager: users,
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.None, SecurityPolicy[policy]],
    // Each value is reported, however fast they come.
    serverCapabilities: { minSupportedSampleRate: 0 },
    userManager: {
      isValidUser: (name: string, password: string) => name === "kenh" && password === "mật khẩu",
    },
  });
  await server.initialize();
  const { addressSpace } = server.engine;
  if (!addressSpace) throw new Error("the server has no address space");
  const own = addressSpace.registerNamespace("urn:kenh:test:station");
  const station = own.addObject({
    organizedBy: addressSpace.rootFolder.objects,
    browseName: "Station",
    displayName: { locale: "vi", text: "Trạm đo" },
  });
  const metre = {
    namespaceUri: "http://www.opcfoundation.org/UA/units/un/cefact",
    unitId: 5067858,
    displayName: { text: "m" },
    description: { text: "metre" },
  };
  const level = own.addAnalogDataItem({
    componentOf: station,
    nodeId: "s=Level",
    browseName: "Level",
    displayName: { locale: "vi", text: "Mực nước" },
    dataType: DataType.Double,
    engineeringUnitsRange: { low: -5, high: 30 },
    engineeringUnits: metre,
    minimumSamplingInterval: 0,
  });
  const plain = (name: string, dataType: DataType, value: unknown) => {
    const variable = own.addVariable({
      componentOf: station,
      nodeId: `s=${name}`,
      browseName: name,
      dataType,
      minimumSamplingInterval: 0,
    });
    variable.setValueFromSource({ dataType, arrayType: VariantArrayType.Scalar, value });
    return variable;
  };
  const variables = {
    Level: level,
    Battery: plain("Battery", DataType.UInt16, 3612),
    Total: plain("Total", DataType.UInt64, [1, 5]),
    Open: plain("Open", DataType.Boolean, true),
    State: plain("State", DataType.String, "chạy"),
  };
  level.setValueFromSource({ dataType: DataType.Double, value: 1.5 });

  const gauges = Array.from({ length: count }, (_, at) =>
    plain(`Gauge${at + 1}`, DataType.Double, 1),
  );
  let beat = 0;
  if (gauges.length > 0) {
    setInterval(() => {
      beat += 1;
      gauges.forEach((gauge, at) => {
        const value = 1 + ((beat + at) % 100) / 100;
        gauge.setValueFromSource({ dataType: DataType.Double, value });
      });
    }, 1000);
  }

  process.on("message", (command: OpcuaCommand) => {
    if (command.do === "set") {
      const variable = variables[command.name as keyof typeof variables];
      const status = StatusCodes[command.status ?? "Good"];
      for (const { value, ts } of command.values) {
        variable.setValueFromSource(
          {
            dataType: variable.dataTypeObj.basicDataType,
            arrayType: VariantArrayType.Scalar,
            value,
          },
          status,
          new Date(ts),
        );
      }
    } else if (command.do === "mute") {
      // The subscriptions stay, the session answers, and no notification comes any more.
      const { _sessions: sessions } = server.engine as unknown as Inside;
      for (const { publishEngine } of Object.values(sessions)) {
        for (const subscription of publishEngine.subscriptions) subscription._stop_timer();
      }
    }
    process.send?.({ done: true });
  });
  await server.start();
  const below = new Set<string>();
  const walk = (node: Walked): void => {
    for (const child of node.findReferencesExAsObject("HierarchicalReferences")) {
      const id = child.nodeId.toString();
      if (below.has(id) || id === serverObject) continue;
      below.add(id);
      walk(child);
    }
  };
  walk(addressSpace.rootFolder.objects);
  const { Variable, Object: Thing, Method, ObjectType } = NodeClass;
  const namespaces = addressSpace.getNamespaceArray().map((namespace) => {
    const nodes = [...namespace.nodeIterator()];
    const count = (nodeClass: NodeClass) => nodes.filter((n) => n.nodeClass === nodeClass).length;
    return {
      uri: namespace.namespaceUri,
      variables: count(Variable),
      instances: nodes.filter((n) => n.nodeClass === Variable && below.has(n.nodeId.toString()))
        .length,
      objects: count(Thing),
      methods: count(Method),
      objectTypes: count(ObjectType),
    };
  });
  const ready: OpcuaReady = {
    namespaces,
    certificate: server.getCertificate().toString("base64"),
  };
  process.send?.(ready);
}
