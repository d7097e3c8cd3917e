import { connect } from "mqtt";

/** The only place that knows mqtt.js; its types promise more than its code keeps. */
export interface Link {
  /** Resolves on PUBACK and on nothing else; never settles when the link is lost before it. */
  publish(topic: string, payload: string, retain: boolean): Promise<void>;
  /** Resolves, with the reason, when the link is gone. */
  readonly lost: Promise<Error>;
  /** Says goodbye, so that the broker does not send the last will. */
  end(): Promise<void>;
  /** Drops the connection without a word: the broker then sends the last will. */
  cut(reason: Error): void;
}

export interface LinkOptions {
  readonly url: string;
  readonly clientId: string;
  readonly username: string;
  readonly password?: string | undefined;
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  readonly keepaliveMs: number;
  readonly connectTimeoutMs: number;
  readonly will: { readonly topic: string; readonly payload: string };
}

/**
 * Connects once by MQTT 3.1.1 with a clean session: what must last is in the outbox.
 * @throws Error when the broker can't be reached or refuses; or when the signal aborts.
 */
export async function openLink(options: LinkOptions, signal: AbortSignal): Promise<Link> {
  signal.throwIfAborted();
  const { ca, cert, key, password } = options;
  const client = connect(options.url, {
    clientId: options.clientId,
    username: options.username,
    ...(password !== undefined && { password }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    protocolVersion: 4,
    clean: true,
    // Reconnecting, resending and queueing are ours: mqtt.js would do them from memory.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    keepalive: Math.max(1, Math.round(options.keepaliveMs / 1000)),
    connectTimeout: options.connectTimeoutMs,
    will: { ...options.will, payload: Buffer.from(options.will.payload), qos: 1, retain: true },
    timerVariant: "native",
  });
  let reason: Error | undefined;
  const lost = new Promise<Error>((resolve) => {
    client.on("error", (error) => {
      reason ??= error;
    });
    client.once("close", () =>
      resolve(reason ?? new Error(`${options.url} closed the connection`)),
    );
  });
  const abort = () => client.end(true);
  signal.addEventListener("abort", abort, { once: true });
  try {
    const failed = await Promise.race([
      new Promise<undefined>((resolve) => client.once("connect", () => resolve(undefined))),
      lost,
    ]);
    signal.throwIfAborted();
    if (failed) {
      throw new Error(
        `${options.url} as ${options.username}: ${failed.message || String(failed)}; check address, credentials and certificates`,
        { cause: failed },
      );
    }
  } catch (error) {
    client.end(true);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }

  return {
    lost,
    publish: (topic, payload, retain) =>
      new Promise((resolve) => {
        // A message given to mqtt.js without a connection would wait in its memory.
        if (!client.connected) return;
        client.publish(topic, payload, { qos: 1, retain }, (error) => {
          if (!error) resolve();
        });
      }),
    end: () => new Promise((resolve) => client.end(false, {}, () => resolve())),
    cut(why) {
      reason ??= why;
      client.end(true);
    },
  };
}
