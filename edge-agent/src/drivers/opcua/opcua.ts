import type { Clock } from "@kenh/schemas";
import {
  type Driver,
  type DriverSample,
  defineDriver,
  type Finding,
  type Report,
} from "../../driver.ts";
import { type Config, configSchema } from "./config.ts";
import { startThread } from "./thread.ts";
import { samplesOf } from "./value.ts";

/**
 * Subscribes to the points and yields what the server reports, at the times of the source.
 * @param execArgv of the thread in which the library runs
 * @throws Error when the connection is lost, and when the server is connected and silent.
 */
export async function* read(
  config: Config,
  signal: AbortSignal,
  report: Report,
  now: Clock,
  execArgv: readonly string[] = [],
): AsyncGenerator<DriverSample> {
  if (signal.aborted) return;
  const thread = startThread(config, "watch", execArgv);
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= thread.stop();
  };
  signal.addEventListener("abort", stop, { once: true });
  const refuse = (at: string, reason: string) => report({ at, reason });
  let patienceMs = config.connectTimeoutMs;
  let ready = false;
  try {
    while (!signal.aborted) {
      const word = await thread.next(patienceMs).catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
      if (signal.aborted) return;
      if (!word) throw silence(config, ready, patienceMs);
      const dropped = thread.dropped();
      if (dropped > 0) refuse(config.url, `${dropped} notifications were dropped here: too fast`);
      if (word.kind === "lost") throw new Error(word.reason);
      if (word.kind === "ready") {
        ready = true;
        patienceMs = word.keepAliveMs * config.silentAfter;
      } else if (word.kind === "unreadable") {
        refuse(word.at, word.reason);
      } else if (word.kind === "values") {
        yield* samplesOf(word.values, config.points, now(), refuse);
      }
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Of a server that is lost nobody takes leave.
    await (stopping ?? (signal.aborted ? thread.stop() : thread.kill()));
  }
}

function silence({ url, silentAfter }: Config, ready: boolean, patienceMs: number): Error {
  return new Error(
    ready
      ? `${url} is connected and silent: no value and no keep-alive for ${patienceMs} ms (${silentAfter} keep-alives); session and subscription are built anew`
      : `${url} does not answer within ${patienceMs} ms; check address, port and firewall, or raise connectTimeoutMs`,
  );
}

export const run: Driver<Config> = (config, signal, report) =>
  read(config, signal, report, Date.now);

/** A large address space takes a while to walk through. */
const probeMs = 60_000;

/** Lists the endpoints and every variable below Objects. */
async function probe(config: Config, signal: AbortSignal): Promise<readonly Finding[]> {
  signal.throwIfAborted();
  const thread = startThread(config, "probe");
  const abort = (): void => void thread.kill();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const word = await thread.next(config.connectTimeoutMs + probeMs);
    signal.throwIfAborted();
    if (word?.kind === "findings") return word.findings;
    throw word?.kind === "lost"
      ? new Error(word.reason)
      : silence(config, false, config.connectTimeoutMs + probeMs);
  } finally {
    signal.removeEventListener("abort", abort);
    await thread.stop();
  }
}

export const driver = defineDriver<Config>({
  configSchema,
  run,
  pathFields: ["serverCertFile", "pkiDir", "passwordFile", "userCertFile", "userKeyFile"],
  probe: {
    schemes: ["opc.tcp"],
    configOf: (address) => ({
      url: `opc.tcp://${address.host}${address.pathname}`,
      // An address alone says nothing of certificates; what a secure endpoint needs is told then.
      security: "None",
      ...(address.username && {
        username: decodeURIComponent(address.username),
        password: decodeURIComponent(address.password),
      }),
      points: [],
    }),
    run: probe,
  },
});
