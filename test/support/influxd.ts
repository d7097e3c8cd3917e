import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { absent, type Counterpart, freePort, start, until } from "./counterpart.ts";

/** Why tests with a real influxd 1.x are skipped here, or undefined when it is installed. */
export function noInfluxd(): string | undefined {
  return absent("influxd", "influxdb");
}

/** A real influxd with data and port of its own, which can be stopped and started again. */
export interface Influxd {
  readonly url: string;
  readonly port: number;
  /** The process id while it runs. */
  pid(): number | undefined;
  /** Starts it again on the same data and port, and waits until it answers. */
  start(): Promise<void>;
  /** Ends the process; SIGKILL for a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Runs InfluxQL as an administrator's tool would; gives the parsed answer, times in ms. */
  query(influxql: string, database?: string): Promise<InfluxqlAnswer>;
  /** Writes line protocol as it stands; gives status and body of the answer. */
  writeRaw(
    database: string,
    lines: string,
    precision?: string,
  ): Promise<{ status: number; body: string }>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

export interface InfluxqlAnswer {
  readonly results: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly name: string;
      readonly tags?: Readonly<Record<string, string>>;
      readonly columns: readonly string[];
      readonly values: readonly (readonly (string | number | boolean | null)[])[];
    }[];
  }[];
}

/** Starts influxd 1.x on a free port of the loopback interface; `settings` are INFLUXDB_… variables. */
export async function startInfluxd(settings: NodeJS.ProcessEnv = {}): Promise<Influxd> {
  const folder = await mkdtemp(join(tmpdir(), "kenh-influxd-"));
  const config = join(folder, "influxdb.conf");
  await writeFile(config, "");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    INFLUXDB_REPORTING_DISABLED: "true",
    INFLUXDB_BIND_ADDRESS: "127.0.0.1:0",
    INFLUXDB_META_DIR: join(folder, "meta"),
    INFLUXDB_DATA_DIR: join(folder, "data"),
    INFLUXDB_DATA_WAL_DIR: join(folder, "wal"),
    INFLUXDB_DATA_QUERY_LOG_ENABLED: "false",
    INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
    INFLUXDB_HTTP_LOG_ENABLED: "false",
    INFLUXDB_MONITOR_STORE_ENABLED: "false",
    ...settings,
  };
  let running: Counterpart | undefined;

  const influxd: Influxd = {
    url,
    port,
    pid: () => running?.child.pid,
    async start() {
      const started = start("influxd", ["-config", config], { env });
      running = started;
      await until(async () => {
        if (started.child.exitCode !== null) throw new Error(`influxd ended: ${started.output()}`);
        return fetch(`${url}/ping`).then(
          (answer) => answer.ok,
          () => false,
        );
      }, "influxd to answer");
    },
    async stop(signal) {
      await running?.stop(signal);
      running = undefined;
    },
    async query(influxql, database) {
      const parameters = new URLSearchParams({ q: influxql, epoch: "ms" });
      if (database !== undefined) parameters.set("db", database);
      const answer = await fetch(`${url}/query`, { method: "POST", body: parameters });
      const body = await answer.text();
      if (!answer.ok) throw new Error(`${influxql}: ${answer.status} ${body}`);
      return JSON.parse(body) as InfluxqlAnswer;
    },
    async writeRaw(database, lines, precision = "ms") {
      const parameters = new URLSearchParams({ db: database, precision });
      const answer = await fetch(`${url}/write?${parameters}`, { method: "POST", body: lines });
      return { status: answer.status, body: await answer.text() };
    },
    async dispose() {
      await influxd.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await influxd.start();
  return influxd;
}
