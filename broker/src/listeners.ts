import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  createServer as createTlsServer,
  type PeerCertificate,
  TLSSocket,
  type TlsOptions,
} from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Config, TlsListener, WsListener } from "./config.ts";

type ListenerKind = "mqtt" | "mqtts" | "ws" | "wss";
/** Where clients reach the broker. */
export type Addresses = { readonly mqtt: string } & { readonly [kind in ListenerKind]?: string };

/** A peer that has come to the door. */
export interface Visitor {
  readonly stream: Duplex;
  readonly listener: ListenerKind;
  readonly remote: string;
  readonly certificate: PeerCertificate | undefined;
  /** Bytes that have come from it since the connection began. */
  readonly heard: () => number;
}

export interface Listeners {
  readonly addresses: Addresses;
  /** Stops listening; what is connected stays. */
  close(): void;
  /** Tears down every socket, and resolves when none is left. */
  destroy(): Promise<void>;
}

export interface Doorkeeper {
  readonly admit: (visitor: Visitor) => void;
  /** An optional listener could not be opened. */
  readonly onWithout: (error: Error) => void;
  readonly onTlsError: (error: Error) => void;
  /** A certificate that the authority did not sign, or whose time is over. */
  readonly onUnfit: (certificate: PeerCertificate, remote: string) => void;
  readonly handshakeMs: number;
  readonly maxPacketBytes: number;
}

/** Small packets go out at once: with Nagle's algorithm the median PUBACK takes twice as long. */
const tcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/**
 * Opens the doors that `config` names.
 * @throws Error naming the listener when one can't be opened; those already open are closed again.
 */
export async function openListeners(config: Config, keeper: Doorkeeper): Promise<Listeners> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const addresses: { [kind in ListenerKind]?: string } = {};

  async function open(
    kind: ListenerKind,
    server: Server,
    at: { host: string; port: number },
    path = "",
  ) {
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    await listen(server, at.host, at.port).catch((cause: unknown) => {
      throw new Error(`the ${kind} listener can't be opened on ${at.host}:${at.port}`, { cause });
    });
    servers.push(server);
    const { port } = server.address() as AddressInfo;
    addresses[kind] =
      `${kind}://${at.host.includes(":") ? `[${at.host}]` : at.host}:${port}${path}`;
  }
  const greet = (listener: ListenerKind) => (socket: Socket) =>
    keeper.admit({
      stream: socket,
      listener,
      remote: remoteOf(socket),
      certificate: certificateOf(socket, keeper),
      heard: () => socket.bytesRead,
    });

  const listeners: Listeners = {
    get addresses() {
      return addresses as Addresses;
    },
    close() {
      for (const server of servers) server.close();
    },
    async destroy() {
      const closed = [...sockets].map((s) => new Promise((resolve) => s.once("close", resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
  try {
    await open("mqtt", createServer(tcp, greet("mqtt")), config);
    const { tls, ws, wss } = config;
    if (tls) {
      const server = createTlsServer({ ...tcp, ...tlsOptions(tls, keeper) }, greet("mqtts"));
      server.on("tlsClientError", keeper.onTlsError);
      await open("mqtts", server, tls).catch((error: Error) => {
        if (!tls.optional) throw error;
        keeper.onWithout(error);
      });
    }
    if (ws) {
      const server = createHttpServer({ ...tcp, ...httpTimeouts(keeper) }, refuse);
      upgrade(server, "ws", ws, keeper);
      await open("ws", server, ws, ws.path);
    }
    if (wss) {
      const options = { ...tcp, ...tlsOptions(wss, keeper), ...httpTimeouts(keeper) };
      const server = createHttpsServer(options, refuse);
      server.on("tlsClientError", keeper.onTlsError);
      upgrade(server, "wss", wss, keeper);
      await open("wss", server, wss, wss.path);
    }
  } catch (error) {
    listeners.close();
    await listeners.destroy();
    throw error;
  }
  return listeners;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** TLS 1.2 and up. A certificate that the authority did not sign is refused, not overlooked. */
function tlsOptions(
  listener: Omit<TlsListener, "port" | "optional">,
  keeper: Doorkeeper,
): TlsOptions {
  const { certFile, keyFile, caFile, clientCertificates } = listener;
  return {
    minVersion: "TLSv1.2",
    handshakeTimeout: keeper.handshakeMs,
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ...(caFile && {
      ca: [caFile].flat().map((file) => readFileSync(file)),
      requestCert: true,
      rejectUnauthorized: clientCertificates === "required",
    }),
  };
}

function httpTimeouts({ handshakeMs }: Doorkeeper) {
  return {
    headersTimeout: handshakeMs,
    requestTimeout: handshakeMs,
    connectionsCheckingInterval: handshakeMs,
  };
}

function refuse(_request: unknown, response: import("node:http").ServerResponse): void {
  response.writeHead(426, { "content-type": "text/plain", upgrade: "websocket" });
  response.end("MQTT over WebSocket only\n");
}

function upgrade(
  server: Server,
  listener: ListenerKind,
  { path }: Pick<WsListener, "path">,
  keeper: Doorkeeper,
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    path,
    maxPayload: 2 * keeper.maxPacketBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false), // [MQTT-6.0.0-3]
  });
  server.on(
    "upgrade",
    (request: import("node:http").IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on("error", () => socket.destroy());
      if (!sockets.shouldHandle(request)) {
        socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
        return;
      }
      sockets.handleUpgrade(request, socket, head, (peer) => {
        const stream = createWebSocketStream(peer);
        if (peer.protocol !== "mqtt") stream.destroy();
        else {
          const certificate = certificateOf(socket, keeper);
          const heard = () => socket.bytesRead;
          keeper.admit({ stream, listener, remote: remoteOf(socket), certificate, heard });
        }
      });
    },
  );
}

function certificateOf(socket: Socket, keeper: Doorkeeper): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate ?? {}).length === 0) return undefined;
  if (!socket.authorized) {
    keeper.onUnfit(certificate, remoteOf(socket));
    socket.destroy();
    return undefined;
  }
  return certificate;
}

function remoteOf(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}
