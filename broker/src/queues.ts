import { Readable } from "node:stream";

/** A message as aedes keeps it for a session; `cmd` is `pubrel` once a QoS 2 handshake is half done. */
export interface KeptPacket {
  readonly cmd: string;
  readonly payload?: Buffer;
  readonly brokerId?: string;
  readonly brokerCounter?: number;
  messageId?: number;
  dup?: boolean;
}

interface Queue {
  packets: KeptPacket[];
  bytes: number;
}

export interface QueueLimits {
  readonly queuedMessagesPerSession: number;
  readonly queuedBytesPerSession: number;
  readonly queuedBytes: number;
}

/**
 * The messages that persistent sessions have not acknowledged, in memory and bounded, in place of
 * aedes' own queues, which are not (moscajs/aedes#1087). A full queue gives up its oldest message:
 * the newest reading is the one that an operator needs, and the store has them all.
 */
export class Queues {
  readonly #queues = new Map<string, Queue>();
  readonly #limits: QueueLimits;
  readonly #onDrop: () => void;
  #messages = 0;
  #bytes = 0;

  constructor(limits: QueueLimits, onDrop: () => void) {
    this.#limits = limits;
    this.#onDrop = onDrop;
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Keeps a message once for each session, however many of its filters match. The payload is
   * copied, for it is a slice of a read buffer.
   */
  enqueue(sessions: readonly { clientId: string }[], packet: KeptPacket): void {
    if (sessions.length === 0) return;
    const payload = Buffer.alloc(packet.payload?.length ?? 0);
    packet.payload?.copy(payload);
    const ids = new Set(sessions.map(({ clientId }) => clientId));
    for (const clientId of ids) this.#push(clientId, { ...packet, payload });
  }

  /** Notes the identifier under which a message was sent, or that PUBREL stands in its place. */
  update(session: string, packet: KeptPacket): void {
    const queue = this.#queues.get(session);
    if (!queue) return;
    const i = queue.packets.findIndex((kept) => isSame(kept, packet));
    const kept = queue.packets[i];
    if (!kept) return; // given up meanwhile
    if (packet.cmd === "pubrel") {
      this.#count(queue, 0, -sizeOf(kept));
      queue.packets[i] = packet;
    } else if (packet.messageId !== undefined) kept.messageId = packet.messageId;
  }

  /** Forgets an acknowledged message, and gives it. Without an identifier it was never sent, and stays. */
  acknowledge(session: string, messageId: number | undefined): KeptPacket | undefined {
    const queue = messageId === undefined ? undefined : this.#queues.get(session);
    const i = queue?.packets.findIndex((kept) => kept.messageId === messageId) ?? -1;
    if (!queue || i < 0) return undefined;
    const [packet] = queue.packets.splice(i, 1);
    if (packet) this.#count(queue, -1, -sizeOf(packet));
    if (queue.packets.length === 0) this.#queues.delete(session);
    return packet;
  }

  /** What is to be sent to a session that is back; what was sent before is marked so [MQTT-3.3.1-1]. */
  stream(session: string): Readable {
    const packets = this.#queues.get(session)?.packets ?? [];
    return Readable.from(
      packets.map((kept) =>
        kept.cmd === "publish" && kept.messageId !== undefined ? { ...kept, dup: true } : kept,
      ),
    );
  }

  /** Forgets a session, and tells how many messages went with it. */
  forget(session: string): number {
    const queue = this.#queues.get(session);
    if (!queue) return 0;
    this.#queues.delete(session);
    this.#messages -= queue.packets.length;
    this.#bytes -= queue.bytes;
    return queue.packets.length;
  }

  #push(session: string, packet: KeptPacket): void {
    const queue = this.#queues.get(session) ?? { packets: [], bytes: 0 };
    this.#queues.set(session, queue);
    const size = sizeOf(packet);
    while (queue.packets.length > 0 && this.#isFull(queue, size)) this.#dropOldest(queue);
    if (this.#isFull(queue, size)) {
      this.#onDrop();
      if (queue.packets.length === 0) this.#queues.delete(session);
      return;
    }
    queue.packets.push(packet);
    this.#count(queue, 1, size);
  }

  #isFull(queue: Queue, size: number): boolean {
    const { queuedMessagesPerSession, queuedBytesPerSession, queuedBytes } = this.#limits;
    return (
      queue.packets.length >= queuedMessagesPerSession ||
      queue.bytes + size > queuedBytesPerSession ||
      this.#bytes + size > queuedBytes
    );
  }

  #dropOldest(queue: Queue): void {
    const packet = queue.packets.shift();
    if (!packet) return;
    this.#count(queue, -1, -sizeOf(packet));
    this.#onDrop();
  }

  #count(queue: Queue, messages: number, bytes: number): void {
    this.#messages += messages;
    this.#bytes += bytes;
    queue.bytes += bytes;
  }
}

/** The same publish by the broker's own count, which does not repeat; PUBREL has only the identifier. */
function isSame(kept: KeptPacket, packet: KeptPacket): boolean {
  if (packet.brokerCounter === undefined) return kept.messageId === packet.messageId;
  return kept.brokerId === packet.brokerId && kept.brokerCounter === packet.brokerCounter;
}

function sizeOf(packet: KeptPacket): number {
  return packet.payload?.length ?? 0;
}
