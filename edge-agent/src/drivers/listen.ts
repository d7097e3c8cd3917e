import { readFileSync } from "node:fs";
import type { Clock } from "@kenh/schemas";
import { connect } from "mqtt";
import * as z from "zod";

/** Defaults of a connection to a local broker, each with its reason. */
const defaults = {
  /** A broken cable in the cabinet is noticed within a minute and a half. */
  keepaliveMs: 60_000,
  /** A broker in the same building answers in milliseconds; a mobile link in seconds. */
  connectTimeoutMs: 10_000,
} as const;

/** Fields by which a driver reaches the broker that its devices publish to. */
export const listenShape = {
  url: z.string().regex(/^(mqtt|mqtts|ws|wss):\/\/[^/]/, {
    error:
      "must be mqtt://, mqtts://, ws:// or wss:// with a host, such as mqtt://192.168.1.10:1883",
  }),
  username: z.string().min(1).optional().describe("anonymous when absent"),
  password: z.string().min(1).optional(),
  passwordFile: z.string().min(1).optional().describe("its first line is the password"),
  caFile: z.string().min(1).optional().describe("PEM; the system's authorities when absent"),
  certFile: z.string().min(1).optional().describe("PEM; the client's own"),
  keyFile: z.string().min(1).optional(),
  clientId: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("with it the broker keeps messages while the agent is away; each driver its own"),
  keepaliveMs: z.int().min(1000).default(defaults.keepaliveMs),
  connectTimeoutMs: z.int().positive().default(defaults.connectTimeoutMs),
};
/** Fields of `listenShape` that are paths. */
export const listenPaths = ["passwordFile", "caFile", "certFile", "keyFile"] as const;
const listenSchema = z.strictObject(listenShape);
/** How a driver reaches its broker. */
export type Listen = z.output<typeof listenSchema>;

/** A message that came in. */
export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  /** Kept by the broker since some earlier time, and given because of the new subscription. */
  readonly retained: boolean;
  /** When it came in, milliseconds since 1970 UTC. */
  readonly at: number;
}

/**
 * Yields the messages of the filters until the signal aborts. A message is acknowledged when the
 * next one is asked for, so what lies in between is given again after a crash where `clientId` is
 * set. One message is under way at a time; the rest waits in the broker.
 * @throws Error when the broker can't be reached, refuses, or is lost.
 */
export async function* listen(
  broker: Listen,
  filters: readonly string[],
  signal: AbortSignal,
  now: Clock,
): AsyncGenerator<Message> {
  if (signal.aborted) return;
  const { url, username, clientId, caFile, certFile, keyFile } = broker;
  const password = broker.passwordFile
    ? readFileSync(broker.passwordFile, "utf8").split(/\r?\n/)[0]
    : broker.password;
  const client = connect(url, {
    clientId: clientId ?? `kenh-${crypto.randomUUID().slice(0, 13)}`,
    clean: clientId === undefined,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
    protocolVersion: 4,
    // A lost connection ends the driver, and its supervisor starts it again.
    reconnectPeriod: 0,
    resubscribe: false,
    keepalive: Math.max(1, Math.round(broker.keepaliveMs / 1000)),
    connectTimeout: broker.connectTimeoutMs,
    timerVariant: "native",
    manualConnect: true,
  });
  let failure: Error | undefined;
  let ended = false;
  let wake = (): void => {};
  let waiting: { message: Message; done: () => void } | undefined;
  const end = (): void => {
    ended = true;
    wake();
  };
  client.on("error", (error) => {
    failure ??= error;
  });
  client.once("close", () => {
    failure ??= new Error("the broker closed the connection");
    end();
  });
  // The library hands over one packet at a time and acknowledges it when told that it is done.
  client.handleMessage = ({ topic, payload, retain }, done) => {
    const body = typeof payload === "string" ? Buffer.from(payload) : payload;
    const message = { topic, payload: body, retained: retain, at: now() };
    waiting = { message, done: () => done() };
    wake();
  };
  const abort = (): void => {
    client.end(true);
    end();
  };
  signal.addEventListener("abort", abort, { once: true });
  client.once("connect", () => {
    client.subscribe([...filters], { qos: 1 }, (error, granted) => {
      const refused = granted?.filter(({ qos }) => qos > 2).map(({ topic }) => topic) ?? [];
      if (!error && refused.length === 0) return;
      failure = new Error(
        `refuses the subscription to ${(refused.length > 0 ? refused : filters).join(", ")}: grant ${username ?? "anonymous clients"} to read it`,
        { cause: error },
      );
      client.end(true);
    });
  });
  client.connect();
  try {
    while (!ended) {
      if (!waiting) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (waiting || ended) resolve();
        });
        continue;
      }
      const { message, done } = waiting;
      yield message;
      waiting = undefined;
      done();
    }
    if (signal.aborted) return;
    throw new Error(
      `${withoutPassword(url)}${username ? ` as ${username}` : ""}: ${failure?.message || String(failure)}; check address, credentials and certificates`,
      { cause: failure },
    );
  } finally {
    signal.removeEventListener("abort", abort);
    client.end(true);
  }
}

/** For messages: what is secret is not repeated in a log. */
function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}
