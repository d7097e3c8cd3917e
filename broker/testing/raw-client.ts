import { connect as connectTcp, type Socket } from "node:net";
import { generate, type IConnectPacket, type Packet, parser } from "mqtt-packet";

/** A client that says exactly what it is told, and keeps what it hears. */
export interface RawClient {
  readonly socket: Socket;
  readonly packets: Packet[];
  readonly closed: boolean;
  send(...packets: Packet[]): void;
  /** The first packet heard that fits and was not taken before. Rejects when the connection ends first. */
  hear<C extends Packet["cmd"]>(cmd: C): Promise<Extract<Packet, { cmd: C }>>;
  /** Resolves when the broker has ended the connection. */
  readonly end: Promise<void>;
}

/** Speaks MQTT on a socket that is connected or connecting. */
export function rawClient(socket: Socket): RawClient {
  const packets: Packet[] = [];
  const taken = new Set<Packet>();
  const listeners = new Set<() => void>();
  const wake = () => {
    for (const listener of listeners) listener();
  };
  const parse = parser();
  parse.on("packet", (packet) => {
    packets.push(packet);
    wake();
  });
  socket.on("data", (chunk) => parse.parse(chunk));
  socket.on("error", () => {});
  let closed = false;
  const end = new Promise<void>((resolve) =>
    socket.on("close", () => {
      closed = true;
      resolve();
      wake();
    }),
  );
  return {
    socket,
    packets,
    end,
    get closed() {
      return closed;
    },
    send: (...out) => {
      socket.write(Buffer.concat(out.map((packet) => generate(packet))));
    },
    hear: (cmd) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = packets.find((packet) => packet.cmd === cmd && !taken.has(packet));
          if (found) taken.add(found);
          else if (!closed) return;
          listeners.delete(look);
          if (found) resolve(found as never);
          else reject(new Error(`the connection ended before a ${cmd}`));
        };
        listeners.add(look);
        look();
      }),
  };
}

/** Connects and logs in; rejects when the CONNACK is not 0. */
export async function login(
  port: number,
  account: { username: string; password: string },
  options: Partial<IConnectPacket> = {},
): Promise<RawClient> {
  const client = rawClient(connectTcp(port, "127.0.0.1"));
  client.send(connectPacket(account, options));
  const { returnCode } = await client.hear("connack");
  if (returnCode !== 0) throw new Error(`CONNACK ${returnCode}`);
  return client;
}

/** A CONNECT of MQTT 3.1.1 with a clean session. */
export function connectPacket(
  { username, password }: { username?: string; password?: string },
  options: Partial<IConnectPacket> = {},
): IConnectPacket {
  return {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    clientId: "test",
    keepalive: 0,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: Buffer.from(password) }),
    ...options,
  };
}

/** A PUBLISH; QoS 1 unless told otherwise. */
export function publishPacket(
  topic: string,
  payload: string | Buffer,
  messageId = 1,
  options: { qos?: 0 | 1 | 2; retain?: boolean; dup?: boolean } = {},
): Packet {
  return {
    cmd: "publish",
    topic,
    payload,
    messageId,
    qos: 1,
    retain: false,
    dup: false,
    ...options,
  };
}
