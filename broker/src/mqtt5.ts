import { randomBytes } from "node:crypto";
import { Duplex } from "node:stream";
import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type IDisconnectPacket,
  type IPublishPacket,
  type ISubackPacket,
  type ISubscribePacket,
  type IUnsubscribePacket,
  type Packet,
  parser,
} from "mqtt-packet";
import { packetLength } from "./inspect.ts";

/** Reason codes of MQTT 5 (2.4) that are given here. */
const reason = {
  success: 0,
  disconnectWithWill: 4,
  unspecified: 0x80,
  malformed: 0x81,
  badAuthenticationMethod: 0x8c,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  subscriptionIdentifiersNotSupported: 0xa1,
} as const;

/** The CONNACK codes of MQTT 3.1.1 (3.2.2.3) as those of MQTT 5 (3.2.2.2). */
const connackReason: Readonly<Record<number, number>> = {
  0: reason.success,
  1: 0x84,
  2: 0x85,
  3: 0x88,
  4: 0x86,
  5: 0x87,
};

/**
 * A client of MQTT 5 as one of MQTT 3.1.1: stands between its socket and what speaks 3.1.1 alone, and
 * translates both ways. Every publish, subscription, will and session works; what 3.1.1 has no word
 * for does not: properties are not passed on, and the client is told in CONNACK that topic aliases,
 * subscription identifiers and shared subscriptions are not to be had [MQTT 5, 3.2.2.3].
 */
export class Mqtt5 extends Duplex {
  readonly #peer: Duplex;
  readonly #maxBytes: number;
  readonly #incoming = parser({ protocolVersion: 5 });
  readonly #outgoing = parser({ protocolVersion: 4 });
  readonly #unsubscribing = new Map<number, number>();
  #bytes: Buffer = Buffer.alloc(0);
  #assignedId: string | undefined;
  #expiryGranted: number | undefined;
  #clientMaxBytes = Number.POSITIVE_INFINITY;
  #welcome = false;
  #over = false;

  /** @param maxBytes of one packet */
  constructor(peer: Duplex, maxBytes: number) {
    super({ allowHalfOpen: true });
    this.#peer = peer;
    this.#maxBytes = maxBytes;
    this.#incoming.on("packet", (packet) => this.#fromClient(packet));
    this.#incoming.on("error", () => this.#refuse(reason.malformed));
    this.#outgoing.on("packet", (packet) => this.#fromBroker(packet));
    peer.on("data", (piece: Buffer) => this.#take(piece));
    peer.on("end", () => this.push(null));
    peer.on("error", (error) => this.destroy(error));
    peer.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#peer.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#outgoing.parse(chunk);
    if (this.#peer.writableNeedDrain) this.#peer.once("drain", done);
    else done();
  }

  override _final(done: () => void): void {
    if (this.#welcome && !this.#over)
      this.#say({ cmd: "disconnect", reasonCode: reason.unspecified });
    this.#peer.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#peer.destroy();
    done(error);
  }

  /** Only whole packets of bounded size reach the parser, which would gather any length. */
  #take(piece: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
    let at = 0;
    while (this.#bytes.length - at >= 2 && !this.#over) {
      const length = packetLength(this.#bytes, at);
      if (length === undefined) break;
      if (typeof length === "object") {
        this.#refuse(reason.malformed);
        return;
      }
      if (length > this.#maxBytes) {
        this.#refuse(reason.packetTooLarge);
        return;
      }
      if (at + length > this.#bytes.length) break;
      this.#incoming.parse(this.#bytes.subarray(at, at + length));
      at += length;
    }
    this.#bytes = this.#bytes.subarray(at);
  }

  #fromClient(packet: Packet): void {
    if (this.#over) return;
    switch (packet.cmd) {
      case "connect":
        this.#connect(packet);
        break;
      case "publish":
        this.#publish(packet);
        break;
      case "subscribe":
        this.#subscribe(packet);
        break;
      case "unsubscribe":
        this.#unsubscribe(packet);
        break;
      case "disconnect":
        this.#disconnect(packet);
        break;
      case "auth":
        this.#refuse(reason.badAuthenticationMethod);
        break;
      case "puback":
      case "pubrec":
      case "pubrel":
      case "pubcomp":
        this.#pass({ cmd: packet.cmd, messageId: packet.messageId ?? 0 } as Packet);
        break;
      case "pingreq":
        this.#pass({ cmd: "pingreq" });
        break;
      default:
        this.#refuse(reason.malformed);
        break;
    }
  }

  #connect(packet: IConnectPacket): void {
    const { properties, will, username, password, keepalive } = packet;
    if (properties?.authenticationMethod !== undefined) {
      this.#refuse(reason.badAuthenticationMethod);
      return;
    }
    this.#clientMaxBytes = properties?.maximumPacketSize ?? this.#clientMaxBytes;
    const expiry = properties?.sessionExpiryInterval ?? 0;
    // 3.1.1 has one flag for both: a session that begins anew ends with its connection. CONNACK says so.
    const clean = packet.clean !== false;
    if (clean && expiry > 0) this.#expiryGranted = 0;
    let { clientId } = packet;
    if (!clientId) {
      clientId = `auto-${randomBytes(8).toString("hex")}`;
      this.#assignedId = clientId;
    }
    this.#pass({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clientId,
      clean,
      keepalive: keepalive ?? 0,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(will && {
        will: {
          topic: will.topic,
          payload: will.payload,
          qos: will.qos ?? 0,
          retain: will.retain === true,
        },
      }),
    } as IConnectPacket);
  }

  #publish({ topic, payload, qos, retain, dup, messageId, properties }: IPublishPacket): void {
    if (topic === "" || properties?.topicAlias !== undefined) {
      this.#refuse(reason.topicAliasInvalid);
      return;
    }
    this.#pass({
      cmd: "publish",
      topic,
      payload,
      qos,
      retain,
      dup: qos > 0 && dup,
      ...(messageId !== undefined && { messageId }),
    });
  }

  #subscribe({ messageId, subscriptions, properties }: ISubscribePacket): void {
    if (properties?.subscriptionIdentifier !== undefined) {
      this.#refuse(reason.subscriptionIdentifiersNotSupported);
      return;
    }
    const asked = subscriptions.map(({ topic, qos }) => ({ topic, qos }));
    this.#pass({ cmd: "subscribe", messageId: messageId ?? 0, subscriptions: asked });
  }

  #unsubscribe({ messageId = 0, unsubscriptions }: IUnsubscribePacket): void {
    this.#unsubscribing.set(messageId, unsubscriptions.length);
    this.#pass({ cmd: "unsubscribe", messageId, unsubscriptions });
  }

  #disconnect({ reasonCode }: IDisconnectPacket): void {
    this.#over = true;
    // An end without DISCONNECT is what makes a broker of 3.1.1 publish the last will.
    if (reasonCode !== reason.disconnectWithWill) this.#pass({ cmd: "disconnect" });
    this.push(null);
  }

  #fromBroker(packet: Packet): void {
    switch (packet.cmd) {
      case "connack":
        this.#connack(packet);
        break;
      case "publish":
        this.#say({ ...packet, properties: {} });
        break;
      case "suback":
        this.#say({ ...packet, granted: (packet as ISubackPacket).granted });
        break;
      case "unsuback": {
        const messageId = packet.messageId ?? 0;
        const granted = new Array<number>(this.#unsubscribing.get(messageId) ?? 1).fill(0);
        this.#unsubscribing.delete(messageId);
        this.#say({ cmd: "unsuback", messageId, granted });
        break;
      }
      default:
        this.#say({ ...packet, reasonCode: reason.success } as Packet);
        break;
    }
  }

  #connack({ returnCode = 0, sessionPresent }: IConnackPacket): void {
    this.#welcome = returnCode === 0;
    const properties = {
      sharedSubscriptionAvailable: false,
      subscriptionIdentifiersAvailable: false,
      maximumPacketSize: this.#maxBytes,
      ...(this.#assignedId !== undefined && { assignedClientIdentifier: this.#assignedId }),
      ...(this.#expiryGranted !== undefined && { sessionExpiryInterval: this.#expiryGranted }),
    };
    this.#say({
      cmd: "connack",
      sessionPresent: sessionPresent === true,
      reasonCode: connackReason[returnCode] ?? reason.unspecified,
      ...(this.#welcome && { properties }),
    } as IConnackPacket);
  }

  /** Ends the connection with the reason that MQTT 5 has for it. */
  #refuse(reasonCode: number): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#welcome) this.#say({ cmd: "disconnect", reasonCode });
    else if (reasonCode === reason.badAuthenticationMethod) {
      this.#say({ cmd: "connack", sessionPresent: false, reasonCode } as IConnackPacket);
    }
    this.#peer.end();
    this.destroy();
  }

  /** On to the broker, in 3.1.1. */
  #pass(packet: Packet): void {
    let bytes: Buffer;
    try {
      bytes = generate(packet, { protocolVersion: 4 });
    } catch {
      // What can't be written was never right: a subscription to nothing, an empty text.
      this.#refuse(reason.malformed);
      return;
    }
    if (!this.push(bytes)) this.#peer.pause();
  }

  /** To the client, in 5. */
  #say(packet: Packet): void {
    if (!this.#peer.writable) return;
    const bytes = generate(packet, { protocolVersion: 5 });
    if (bytes.length <= this.#clientMaxBytes) this.#peer.write(bytes);
    else if (packet.cmd !== "publish" || packet.qos === 2) this.#peer.destroy();
    // What is too large for the client is passed over, as if it had it [MQTT-3.1.2-25].
    else if (packet.qos === 1) this.#pass({ cmd: "puback", messageId: packet.messageId ?? 0 });
  }
}
