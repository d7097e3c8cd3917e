import { type ChildProcess, spawn } from "node:child_process";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { openRegistry } from "@kenh/ingest";
import type { Identity, LedgerReport, QuarantineItem } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { freePort, until } from "../support/counterpart.ts";
import { shippedCatalogue } from "../support/registry.ts";

export const program = fileURLToPath(new URL("../../kenh.ts", import.meta.url));

/** A station on a busy machine may take its time; one that hangs is to be found out. */
const askMs = 30_000;

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** The real `kenh station`, on ports that stay the same, to be killed and started again. */
export interface Station {
  readonly dataDir: string;
  readonly host: string;
  readonly mqttPort: number;
  readonly http: string;
  /** An administrator's. */
  readonly token: string;
  readonly running: boolean;
  readonly pid: number | undefined;
  /** Everything that it has logged, over all its starts. */
  log(): string;
  /** Registers devices and makes one account that may publish for all of them. */
  admit(username: Identity, devices: readonly Identity[]): Promise<Account>;
  /** Starts the process; `more` are environment variables for this start. Resolves when it accepts. */
  start(more?: NodeJS.ProcessEnv): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** The answer of a GET with an administrator's token. */
  get(path: string): Promise<{ status: number; body: string }>;
  post(path: string): Promise<{ status: number; body: string }>;
  ledger(): Promise<LedgerReport>;
  quarantine(): Promise<{ total: number; items: QuarantineItem[] }>;
  /** The value of a metric, the one with this label where there are several; 0 when it has none yet. */
  metric(name: string, label?: string): Promise<number>;
}

export interface StationOptions {
  readonly dataDir: string;
  readonly host?: string;
  readonly env: NodeJS.ProcessEnv;
  /** The command and its options; a whole station when absent. */
  readonly command?: readonly string[];
}

/** Chooses ports and makes a token; nothing runs before `start`. */
export async function prepareStation(options: StationOptions): Promise<Station> {
  const { dataDir, host = "127.0.0.1", env, command = ["station", "--no-demo"] } = options;
  const mqttPort = await freePort();
  const httpPort = await freePort();
  const catalogue = shippedCatalogue();
  const http = `http://${host}:${httpPort}`;
  const access = openAccess(join(dataDir, "access.db"));
  const token = access.addToken("admin", "*");
  access.close();
  let child: ChildProcess | undefined;
  let exited: Promise<number | null> = Promise.resolve(null);
  let printed = "";
  const isRunning = (): boolean =>
    child !== undefined && child.exitCode === null && child.signalCode === null;

  /** A connection of its own for each call: one that is kept would not outlive the process behind it. */
  function ask(method: string, path: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const call = request(http + path, {
        method,
        agent: false,
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(askMs),
      });
      call.once("error", reject);
      call.once("response", (answer) =>
        text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject),
      );
      call.end();
    });
  }
  async function json<T>(path: string): Promise<T> {
    const { status, body } = await ask("GET", path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
    return JSON.parse(body) as T;
  }

  return {
    dataDir,
    host,
    mqttPort,
    http,
    token,
    get running() {
      return isRunning();
    },
    get pid() {
      return child?.pid;
    },
    log: () => printed,
    async admit(username, devices) {
      const registry = openRegistry(join(dataDir, "registry.db"), catalogue);
      for (const identity of [username, ...devices])
        registry.put({ identity, profile: "generic-water" });
      registry.close();
      const accounts = openAccess(join(dataDir, "access.db"));
      const password = await accounts.addAccount(username, [username, ...devices]);
      accounts.close();
      return { username, password };
    },
    async start(more = {}) {
      const started = spawn(process.execPath, [program, ...command, "--data", dataDir], {
        env: {
          ...process.env,
          KENH_HOST: host,
          KENH_HTTP_PORT: String(httpPort),
          KENH_MQTT_PORT: String(mqttPort),
          ...env,
          ...more,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = started;
      exited = new Promise((resolve) => started.once("exit", resolve));
      started.once("exit", (code, signal) => {
        printed += `[${started.pid} ended: ${code ?? signal}]\n`;
      });
      let ready = "";
      started.stdout.on("data", (chunk: Buffer) => {
        ready += chunk.toString();
      });
      started.stderr.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
      });
      await until(
        () => {
          if (started.signalCode === "SIGKILL") return true;
          if (started.exitCode !== null)
            throw new Error(`the station ended with ${started.exitCode}: ${printed.slice(-2000)}`);
          return ready.includes('"ready":true');
        },
        "the station to be ready",
        60_000,
      );
    },
    async kill() {
      if (isRunning()) child?.kill("SIGKILL");
      await exited;
    },
    async stop() {
      if (isRunning()) child?.kill("SIGTERM");
      return exited;
    },
    get: (path) => ask("GET", path),
    post: (path) => ask("POST", path),
    ledger: () => json("/api/v1/ledger"),
    quarantine: () => json("/api/v1/quarantine?limit=500"),
    async metric(name, label) {
      const { body } = await ask("GET", "/metrics");
      if (!body.includes(`# TYPE ${name} `)) throw new Error(`there is no metric ${name}`);
      const start = label === undefined ? `${name} ` : `${name}{${label}} `;
      const line = body.split("\n").find((found) => found.startsWith(start));
      return line === undefined ? 0 : Number(line.slice(start.length));
    },
  };
}
