import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort } from "./counterpart.ts";

/** What the server's process is told first. */
export interface OpcuaSettings {
  readonly port: number;
  /** For its certificates. */
  readonly folder: string;
  /** NodeSet2 files beside the standard ones. */
  readonly nodesetFiles: readonly string[];
  /** Offered beside the open endpoint. */
  readonly policy: "Basic256Sha256" | "Aes256_Sha256_RsaPss";
  /** Variables `Gauge1`, `Gauge2` … that change every second. */
  readonly gauges: number;
}

/** What it says when it accepts connections. */
export interface OpcuaReady {
  /** Nodes by namespace, types and all. */
  readonly namespaces: readonly {
    readonly uri: string;
    readonly variables: number;
    /** Variables below Objects, without the server's own diagnosis; the others belong to types. */
    readonly instances: number;
    readonly objects: number;
    readonly methods: number;
    readonly objectTypes: number;
  }[];
  /** DER in base64. */
  readonly certificate: string;
}

export type OpcuaCommand =
  | {
      readonly do: "set";
      readonly name: string;
      readonly values: readonly { readonly value: unknown; readonly ts: number }[];
      /** Name of a status code; Good when absent. */
      readonly status?: "Good" | "UncertainLastUsableValue" | "BadSensorFailure";
    }
  /** From now on the subscriptions that exist give nothing, while the session answers. */
  | { readonly do: "mute" };

/**
 * A server of the node-opcua project in a process of its own. The driver's client is of the same
 * project, so the two agree where both are wrong: no OPC UA server of another hand is packaged for
 * Debian. A probe of any endpoint is one command, for tests against others by hand.
 */
export interface OpcuaServer extends OpcuaReady {
  readonly port: number;
  /** `opc.tcp://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  /** Resolves when the command has been carried out. */
  command(command: OpcuaCommand): Promise<void>;
  /** Ends it at once, as a power cut does. */
  stop(): Promise<void>;
}

/** Starts it; anonymous and `kenh` / `mật khẩu` may log in; None is offered, and `policy` (Basic256Sha256). */
export async function startOpcuaServer(
  folder: string,
  options: Partial<Pick<OpcuaSettings, "port" | "nodesetFiles" | "policy" | "gauges">> = {},
): Promise<OpcuaServer> {
  const port = options.port ?? (await freePort());
  const child = fork(fileURLToPath(new URL("opcua-server-child.ts", import.meta.url)), {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: [],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const exited = once(child, "exit");
  const settings: OpcuaSettings = {
    port,
    folder,
    nodesetFiles: options.nodesetFiles ?? [],
    policy: options.policy ?? "Basic256Sha256",
    gauges: options.gauges ?? 0,
  };
  child.send(settings);
  const answer = async (): Promise<unknown> => {
    const [message] = await Promise.race([
      once(child, "message"),
      exited.then(() => {
        throw new Error(`the OPC UA server ended: ${printed}`);
      }),
    ]);
    return message;
  };
  const ready = (await answer()) as OpcuaReady;
  return {
    ...ready,
    port,
    url: `opc.tcp://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    async command(command) {
      const done = answer();
      child.send(command);
      await done;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    },
  };
}
