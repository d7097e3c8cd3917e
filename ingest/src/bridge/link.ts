import { readFileSync } from "node:fs";
import { type Identity, topicOf } from "@kenh/schemas";
import { connect } from "mqtt";
import type { BridgeConfig } from "./config.ts";

/** One connection to the province's broker; when it is lost, another one is opened. */
export interface Link {
  /** Resolves on PUBACK and on nothing else; never settles when the link is lost before it. */
  publish(topic: string, payload: string, retain?: boolean): Promise<void>;
  /** Resolves, with the reason, when it is gone. */
  readonly lost: Promise<Error>;
  /** Ends it without a word: the province is told that the station is gone. Idempotent. */
  cut(reason: Error): void;
}

/** Longer than a broker that syncs to a slow disk takes for the next one. */
const pubackMs = 20_000;
/** Long enough for TLS over a bad line. */
const connectMs = 15_000;
/** A line that is cut without a word is found out within one and a half of it. */
const keepaliveSeconds = 20;

/**
 * Connects once by MQTT 3.1.1 with a clean session: what must last is in the books of the station.
 * @param status whose last will says that the station is cut off
 * @throws Error when the broker can't be reached or refuses; or when the signal aborts
 */
export async function openLink(
  { url, unit, password, caFile }: BridgeConfig,
  status: { readonly of: Identity; readonly gone: string },
  signal: AbortSignal,
): Promise<Link> {
  signal.throwIfAborted();
  const client = connect(url, {
    clientId: "bridge",
    username: unit,
    password,
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    protocolVersion: 4,
    clean: true,
    // The library would keep and send again from memory, which is lost with the process.
    reconnectPeriod: 0,
    queueQoSZero: false,
    keepalive: keepaliveSeconds,
    connectTimeout: connectMs,
    will: {
      topic: topicOf(status.of, "status"),
      payload: Buffer.from(status.gone),
      ...{ qos: 1, retain: true },
    },
  });
  let reason: Error | undefined;
  const lost = new Promise<Error>((resolve) => {
    client.on("error", (error) => {
      reason ??= error;
    });
    client.once("close", () => resolve(reason ?? new Error(`${url} closed the connection`)));
  });
  function cut(why: Error): void {
    reason ??= why;
    client.end(true);
  }
  const abort = (): void => cut(new Error("the station stops"));
  signal.addEventListener("abort", abort, { once: true });
  void lost.then(() => signal.removeEventListener("abort", abort));
  const connected = new Promise<undefined>((resolve) =>
    client.once("connect", () => resolve(undefined)),
  );
  const failed = await Promise.race([connected, lost]);
  if (failed) {
    cut(failed);
    const { message } = failed;
    throw new Error(`${url} as ${unit}: ${message || failed}; check address and password`, {
      cause: failed,
    });
  }
  let flying = 0;
  let overdue: NodeJS.Timeout | undefined;
  /** A sender whose unit has a quota waits for its turn: what counts is that something goes on. */
  function watch(): void {
    clearTimeout(overdue);
    if (flying === 0) return;
    overdue = setTimeout(() => cut(new Error(`no PUBACK for ${pubackMs} ms`)), pubackMs);
  }
  void lost.then(() => clearTimeout(overdue));
  return {
    lost,
    cut,
    publish: (topic, payload, retain = false) =>
      new Promise((resolve) => {
        // What is given to the library without a connection would wait in its memory.
        if (!client.connected) return;
        flying++;
        if (flying === 1) watch();
        client.publish(topic, payload, { qos: 1, retain }, (error) => {
          if (error) return;
          flying--;
          watch();
          resolve();
        });
      }),
  };
}
