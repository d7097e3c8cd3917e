import { connect, type Socket } from "node:net";
import { generate, type IConnectPacket } from "mqtt-packet";
import { until } from "../support/counterpart.ts";

export interface Login {
  readonly username: string;
  readonly password: string;
}

export const connectPacket = (login: Login): Buffer =>
  generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    keepalive: 0,
    clientId: "bench",
    username: login.username,
    password: Buffer.from(login.password),
  } satisfies IConnectPacket);

/** A PUBACK is four bytes, and the broker sends nothing else to one that only publishes. */
const pubackBytes = 4;
const connackBytes = 4;

/** The publisher behind one socket: QoS 1, pipelined, in order; it sends again what a lost connection left. */
export class Publisher {
  readonly #port: number;
  readonly #login: Login;
  #socket: Socket | undefined;
  #packets: readonly Buffer[] = [];
  /** Of `#packets`: acknowledged, and sent on this connection. */
  #acked = 0;
  #sent = 0;
  #heard = 0;
  #closed = false;
  /** Called with the number of the packet that is acknowledged. */
  onAck: (at: number) => void = () => {};
  onDone: () => void = () => {};
  window = 0;

  constructor(port: number, login: Login) {
    this.#port = port;
    this.#login = login;
  }

  /** Connects, again and again until it succeeds. */
  async open(): Promise<void> {
    await until(() => this.#closed || this.#tryOpen(), "a CONNACK", 60_000);
  }

  /** Takes the packets to send; nothing goes out before `pump` or `sendNext`. */
  take(packets: readonly Buffer[]): void {
    this.#packets = packets;
    this.#acked = 0;
    this.#sent = 0;
  }

  /** Sends as much as the window allows. */
  pump(): void {
    const upTo = Math.min(this.#packets.length, this.#acked + this.window);
    if (this.#socket === undefined || upTo <= this.#sent) return;
    this.#socket.write(Buffer.concat(this.#packets.slice(this.#sent, upTo)));
    this.#sent = upTo;
  }

  /** Sends the next packet whatever is outstanding; false when there is none. */
  sendNext(): boolean {
    const packet = this.#packets[this.#sent];
    if (!packet) return false;
    this.#sent++;
    this.#socket?.write(packet);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
  }

  #tryOpen(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
      let greeted = 0;
      socket.on("error", () => {});
      socket.on("close", () => {
        resolve(false);
        if (this.#socket !== socket) return;
        this.#socket = undefined;
        if (!this.#closed) void this.open().catch(() => {});
      });
      socket.on("data", (bytes) => {
        if (greeted === connackBytes) return this.#hear(bytes.length);
        greeted += bytes.length;
        if (greeted < connackBytes) return;
        this.#socket = socket;
        this.#sent = this.#acked;
        this.#heard = greeted - connackBytes;
        greeted = connackBytes;
        this.pump();
        resolve(true);
      });
      socket.write(connectPacket(this.#login));
    });
  }

  #hear(bytes: number): void {
    this.#heard += bytes;
    for (; this.#heard >= pubackBytes; this.#heard -= pubackBytes) this.onAck(this.#acked++);
    if (this.#acked === this.#packets.length) this.onDone();
    else if (this.window > 0) this.pump();
  }
}
