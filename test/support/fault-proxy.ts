import { connect, createServer, type Socket } from "node:net";

/** What happens to a connection from the moment it is set. */
export type Fault =
  /** Bytes pass. */
  | { readonly kind: "none" }
  /** The request passes, and the connection is reset in place of the answer. */
  | { readonly kind: "cut" }
  /** Bytes are taken and go nowhere; nobody hangs up. */
  | { readonly kind: "black-hole" }
  /** Bytes pass after a while. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The request goes nowhere, and this is the answer. */
  | { readonly kind: "answer"; readonly status: number; readonly body: string };

/** A TCP proxy on the loopback interface that stands between a client and a real server. */
export interface FaultProxy {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** From now on, for every connection; those that are open are reset. */
  inject(fault: Fault): void;
  /** Connections accepted so far. */
  accepted(): number;
  /** Connections open at this moment. */
  open(): number;
  close(): Promise<void>;
}

/** Stands in front of `targetPort`; lets everything pass at first. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let fault: Fault = { kind: "none" };
  let accepted = 0;
  const sockets = new Set<Socket>();

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    return socket;
  }

  function reset(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  const server = createServer((client) => {
    accepted++;
    keep(client);
    const now = fault;
    if (now.kind === "black-hole") {
      client.resume();
      return;
    }
    if (now.kind === "answer") {
      client.once("data", () => {
        const { status, body } = now;
        const head = `HTTP/1.1 ${status} Injected\r\nContent-Type: application/json\r\nConnection: close`;
        client.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
        client.resume();
      });
      return;
    }
    const target = keep(connect(targetPort, "127.0.0.1"));
    client.once("close", () => target.destroy());
    target.once("close", () => client.destroy());
    if (now.kind === "cut") {
      client.pipe(target);
      target.once("data", () => client.resetAndDestroy());
    } else if (now.kind === "delay") {
      client.on("data", (data) => setTimeout(() => target.write(data), now.ms));
      target.pipe(client);
    } else {
      client.pipe(target);
      target.pipe(client);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("the proxy has no port");

  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    inject(next) {
      fault = next;
      reset();
    },
    accepted: () => accepted,
    open: () => sockets.size,
    async close() {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
