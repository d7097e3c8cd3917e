import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { absent, type Counterpart, freePort, start, until } from "./counterpart.ts";

/** Why tests with a real VictoriaMetrics are skipped here, or undefined when it is installed. */
export function noVictoriaMetrics(): string | undefined {
  return absent("victoria-metrics");
}

/** A real single-node VictoriaMetrics with data and port of its own. */
export interface VictoriaMetrics {
  readonly url: string;
  readonly port: number;
  /** The process id while it runs. */
  pid(): number | undefined;
  /** Starts it again on the same data and port, and waits until it answers. */
  start(): Promise<void>;
  /** Ends the process; SIGKILL for a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

/** Starts VictoriaMetrics with the flags that the store needs, on a free port of the loopback interface. */
export async function startVictoriaMetrics(): Promise<VictoriaMetrics> {
  const folder = await mkdtemp(join(tmpdir(), "kenh-victoria-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    "-influxTrimTimestamp=1ms",
    "-dedup.minScrapeInterval=1ms",
    "-retentionPeriod=100y",
    "-memory.allowedBytes=128MB",
    "-loggerLevel=ERROR",
  ];
  let running: Counterpart | undefined;

  const victoria: VictoriaMetrics = {
    url,
    port,
    pid: () => running?.child.pid,
    async start() {
      const started = start("victoria-metrics", args);
      running = started;
      await until(async () => {
        if (started.child.exitCode !== null) throw new Error(`it ended: ${started.output()}`);
        return fetch(`${url}/health`).then(
          (answer) => answer.ok,
          () => false,
        );
      }, "victoria-metrics to answer");
    },
    async stop(signal) {
      await running?.stop(signal);
      running = undefined;
    },
    async dispose() {
      await victoria.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await victoria.start();
  return victoria;
}
