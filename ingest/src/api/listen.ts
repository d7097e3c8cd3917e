import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import type { ApiEnv } from "./parts.ts";

/** A server that answers. */
export interface Listening {
  /** Such as `http://127.0.0.1:8080`; with the port that was given when 0 was asked for. */
  readonly url: string;
  /** Ends streams, lets calls under way finish within a moment, frees the port. Idempotent. */
  close(): Promise<void>;
}

const serverOptions = {
  /** A call is small: one that takes longer to send its headers or body holds a connection for nothing. */
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  maxHeaderSize: 16 * 1024,
};
/** Calls under way at a stop have this long; queries of the store are the slowest. */
const closeGraceMs = 2000;
const sweepMs = 20;

/** @throws Error naming host and port when they can't be had */
export async function listen(app: Hono<ApiEnv>, host: string, port: number): Promise<Listening> {
  const closing = new AbortController();
  const server = createAdaptorServer({
    fetch: (request, env) =>
      app.fetch(request, { incoming: (env as HttpBindings).incoming, closing: closing.signal }),
    serverOptions,
    hostname: host,
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new Error(
          `can't listen on ${host}:${port} (${error.code}): set KENH_HOST or KENH_HTTP_PORT to what is free`,
          { cause: error },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;

  let closed: Promise<void> | undefined;
  function close(): Promise<void> {
    closing.abort();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    // A connection whose last call has just ended stays open for more: it is idle only then.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    const grace = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    return promise.finally(() => {
      clearInterval(sweep);
      clearTimeout(grace);
    });
  }
  return {
    url: `http://${shown}:${address.port}`,
    close() {
      closed ??= close();
      return closed;
    },
  };
}
