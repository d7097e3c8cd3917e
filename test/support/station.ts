import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Catalogue, openRegistry } from "@kenh/ingest";
import type { LedgerReport } from "@kenh/schemas";
import { type Access, openAccess } from "@kenh/schemas/node";
import { type Counterpart, start, until } from "./counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "./folder.ts";
import { shippedCatalogue } from "./registry.ts";

/** The program as a file: for a command that is to go on running. */
export const kenhProgram = fileURLToPath(new URL("../../kenh.ts", import.meta.url));
const execute = promisify(execFile);

/** The program as a person runs it: its answer, and how it ended. */
export async function kenh(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await execute(process.execPath, [kenhProgram, ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

/** A station of its own process, as `kenh station` starts it, on free ports. */
export interface RunningStation extends AsyncDisposable {
  readonly http: string;
  readonly mqtt: string;
  readonly dataDir: string;
  readonly process: Counterpart;
  /** An administrator's token. */
  readonly token: string;
  /** Registers a device; gives its password. */
  addDevice(identity: string, profile: string): Promise<string>;
  /** `GET` as the administrator. */
  get<T>(path: string): Promise<T>;
  ledger(device?: string): Promise<LedgerReport>;
  /** Waits until nothing is pending. */
  settled(): Promise<LedgerReport>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Read once: what `kenh device add` and `kenh token create` do is done here without a process for each. */
let catalogue: Catalogue | undefined;

/** Starts a station; `folder` carries on with an earlier one's state. */
export async function startStation(
  options: { env?: NodeJS.ProcessEnv; demo?: boolean; folder?: TemporaryFolder } = {},
): Promise<RunningStation> {
  const folder = options.folder ?? temporaryFolder("station");
  const args = [
    kenhProgram,
    "station",
    "--data",
    folder.path,
    ...(options.demo ? [] : ["--no-demo"]),
  ];
  const env = { ...process.env, KENH_HTTP_PORT: "0", KENH_MQTT_PORT: "0", ...options.env };
  const child = start(process.execPath, args, { env });
  let line = "";
  child.child.stdout?.on("data", (chunk: Buffer) => {
    line += chunk;
  });
  const ready = await until(
    () => {
      if (child.child.exitCode !== null) throw new Error(`the station ended: ${child.output()}`);
      return line.includes("\n") ? (JSON.parse(line) as { http: string; mqtt: string }) : undefined;
    },
    "the station's ready line",
    60_000,
  );
  const withAccess = async <T>(use: (access: Access) => T | Promise<T>): Promise<T> => {
    const access = openAccess(join(folder.path, "access.db"));
    try {
      return await use(access);
    } finally {
      access.close();
    }
  };
  const token = await withAccess((access) => access.addToken("admin", "*"));
  async function get<T>(path: string): Promise<T> {
    const response = await fetch(ready.http + path, {
      headers: { authorization: `Bearer ${token}` },
    });
    return (await response.json()) as T;
  }
  const ledger = (device?: string) =>
    get<LedgerReport>(`/api/v1/ledger${device ? `?device=${encodeURIComponent(device)}` : ""}`);
  return {
    ...ready,
    dataDir: folder.path,
    process: child,
    token,
    get,
    ledger,
    async addDevice(identity, profile) {
      catalogue ??= shippedCatalogue();
      const registry = openRegistry(join(folder.path, "registry.db"), catalogue);
      try {
        registry.put({ identity, profile });
      } finally {
        registry.close();
      }
      return await withAccess((access) => access.addAccount(identity, [identity]));
    },
    async settled() {
      let report: LedgerReport | undefined;
      await until(async () => {
        report = await ledger();
        return report.total.pending === 0;
      }, "nothing pending");
      return report as LedgerReport;
    },
    stop: (signal) => child.stop(signal),
    async [Symbol.asyncDispose]() {
      await child.stop();
      if (!options.folder) folder[Symbol.dispose]();
    },
  };
}
