import { once } from "node:events";
import { createServer } from "node:http";
import type { Registry } from "prom-client";

/**
 * Answers `/healthz`, `/readyz` and `/metrics` on the loopback interface alone, for it asks for no
 * credentials; nothing is opened without a port. A broker inside a station has the station's own.
 */
export async function serveMetrics(
  port: number | undefined,
  metrics: Registry,
): Promise<AsyncDisposable> {
  const server = createServer(async ({ url }, response) => {
    if (url === "/metrics") {
      response.setHeader("content-type", metrics.contentType);
      response.end(await metrics.metrics());
    } else if (url === "/healthz" || url === "/readyz") response.end("ok\n");
    else response.writeHead(404).end();
  });
  if (port !== undefined) {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  }
  return {
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
