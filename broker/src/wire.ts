import { Duplex } from "node:stream";
import type { Bucket } from "./bucket.ts";
import { type Fault, inspect, packetLength, packetType } from "./inspect.ts";
import type { Limits } from "./limits.ts";
import type { Pool } from "./pools.ts";
import { type Share, Turn } from "./quotas.ts";

/** Why a connection was ended by us. */
export type CutReason =
  | Fault["reason"]
  | "packet-too-large"
  | "connect-timeout"
  | "slow-subscriber"
  | "revoked"
  | "expired"
  | "taken-over"
  | "stopping";

export interface WireOptions {
  readonly limits: Limits;
  readonly bucket: Bucket;
  /** Bytes of publishes that wait to be accepted, of all wires. */
  readonly waiting: Pool;
  /** Bytes written that the peers have not taken, of all wires. */
  readonly backlog: Pool;
  readonly onCut: (reason: CutReason) => void;
  /** Reading stops for a while: the sender is too fast, or too much of it waits to be accepted. */
  readonly onDelay: (reason: "rate" | "waiting" | "quota") => void;
}

/** How long a peer may take to read the last words before the connection is torn down. */
const lingerMs = 1000;
/** So many pieces of one packet are kept apart before they are joined. */
const mostPieces = 256;

/**
 * Stands between a socket and aedes, which has no bounds of its own: lets pass whole, well-formed
 * packets of bounded size; holds back what follows CONNECT until CONNACK; stops reading when the
 * sender is too fast or too much waits to be accepted; and never makes aedes wait for a peer that
 * does not read, for every subscriber would wait with it (fault 5 of the README): that peer is cut.
 */
export class Wire extends Duplex {
  readonly #peer: Duplex;
  readonly #options: WireOptions;
  #stage: "connect" | "connack" | "open" = "connect";
  #pieces: Buffer[] = [];
  #size = 0;
  /** Bytes without which another look is in vain. */
  #needed = 2;
  #ended = false;
  #held = false;
  #hungry = true;
  #advancing = false;
  /** Length of each publish that was let pass and is neither accepted nor refused, and their sum. */
  #waiting: number[] = [];
  #waitingBytes = 0;
  /** How many of them the broker has taken over, and counts itself. */
  #taken = 0;
  #behind = 0;
  /** Written in this turn of the event loop and not yet handed to the peer. */
  #outgoing: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turns: readonly Turn[] = [];

  constructor(peer: Duplex, options: WireOptions) {
    super();
    this.#peer = peer;
    this.#options = options;
    this.#timer = setTimeout(() => this.cut("connect-timeout"), options.limits.connectTimeoutMs);
    peer.on("data", (piece: Buffer) => this.#take(piece));
    peer.on("end", () => {
      this.#ended = true;
      this.#advance();
    });
    peer.on("drain", () => this.#countBacklog());
    peer.on("error", (error) => this.destroy(error));
    peer.on("close", () => this.destroy());
  }

  /** CONNACK is out: what the client sent behind its CONNECT may follow. */
  open(): void {
    if (this.#stage === "connack") this.#stage = "open";
    this.#advance();
  }

  /** What it sends counts against what it and its unit may send. */
  sharing(shares: readonly Share[]): void {
    const onWait = () => this.#options.onDelay("quota");
    this.#turns = shares.map((share) => new Turn(share, onWait, () => this.#advance()));
  }

  /** From now on nothing passes. */
  hold(): void {
    this.#held = true;
  }

  /** The broker has the oldest publish that it had not yet, and counts it from now on. */
  handOver(): void {
    if (!this.destroyed) this.#options.waiting.add(-(this.#waiting[this.#taken++] ?? 0));
  }

  /** The oldest publish was accepted or refused: where the peer waits for that, it goes on. */
  release(): void {
    this.#waitingBytes -= this.#waiting.shift() ?? 0;
    this.#taken--;
    if (this.#size > 0 || this.#ended || this.#peer.isPaused()) this.#advance();
  }

  /** Ends the connection for a reason that is counted, after a last word. */
  cut(reason: CutReason, reply?: Buffer): void {
    if (this.destroyed) return;
    this.#options.onCut(reason);
    if (reply) this.#send(reply);
    if (reason === "slow-subscriber") this.#peer.destroy();
    this.destroy();
  }

  override _read(): void {
    this.#hungry = true;
    this.#advance();
  }

  /**
   * aedes corks, writes a PUBACK in three pieces, and uncorks in a turn of its own. Here all is gathered until the
   * end of the turn, so what a Writable does for each piece is left out. Never full: #countBacklog is what bounds it.
   */
  override write(chunk: Buffer | string): boolean {
    if (!this.destroyed) this.#send(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    return true;
  }

  override cork(): void {}

  override uncork(): void {}

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#flush(); // the last words of this turn, such as a CONNACK
    for (const bytes of this.#waiting.slice(this.#taken)) this.#options.waiting.add(-bytes);
    this.#options.backlog.add(-this.#behind);
    this.#behind = 0;
    this.#pieces = [];
    if (this.#stage === "open" && this.#peer.writableLength === 0) this.#peer.destroy();
    else this.#linger();
    done(error);
  }

  /** Closing with input unread resets the connection, and the peer would lose our last words. */
  #linger(): void {
    this.#peer.end();
    this.#peer.resume();
    setTimeout(() => this.#peer.destroy(), lingerMs).unref();
  }

  #take(piece: Buffer): void {
    if (this.destroyed) return;
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#pieces.length > mostPieces) this.#join();
    if (this.#size >= this.#needed) this.#advance();
  }

  #join(): Buffer {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : undefined;
    const joined = bytes ?? Buffer.concat(this.#pieces);
    this.#pieces = joined.length > 0 ? [joined] : [];
    return joined;
  }

  /** Passes on as many packets as may pass, in one piece, and reads on or stops reading. */
  #advance(): void {
    if (this.#advancing || this.destroyed) return;
    this.#advancing = true;
    const bytes = this.#join();
    let at = 0;
    let blocked = false;
    while (!this.destroyed) {
      blocked = this.#held || this.#stage === "connack" || !this.#hungry;
      const end = blocked ? undefined : this.#packetEnd(bytes, at);
      if (end === undefined) break;
      blocked = !this.#mayPass(bytes, at, end);
      if (blocked) break;
      at = end;
    }
    if (!this.destroyed) this.#pass(bytes, at, blocked);
    this.#advancing = false;
  }

  #pass(bytes: Buffer, until: number, blocked: boolean): void {
    const left = bytes.subarray(until);
    this.#pieces = left.length > 0 ? [left] : [];
    this.#size = left.length;
    if (until > 0) this.#hungry = this.push(bytes.subarray(0, until));
    if (blocked) this.#peer.pause();
    else if (this.#ended) this.#end();
    else if (this.#peer.isPaused()) this.#peer.resume();
  }

  #end(): void {
    this.#ended = false;
    this.push(null);
  }

  /** Where the packet that begins at `at` ends; undefined while it is not whole, or was refused. */
  #packetEnd(bytes: Buffer, at: number): number | undefined {
    const { limits } = this.#options;
    this.#needed = bytes.length - at + 1;
    if (bytes.length - at < 2) return undefined;
    const length = packetLength(bytes, at);
    if (typeof length === "object") {
      this.cut(length.reason, length.reply);
      return undefined;
    }
    if (length === undefined) return undefined;
    if (length > (this.#stage === "open" ? limits.packetBytes : limits.connectBytes)) {
      this.cut("packet-too-large");
      return undefined;
    }
    if (at + length > bytes.length) {
      this.#needed = length;
      return undefined;
    }
    return at + length;
  }

  #mayPass(bytes: Buffer, from: number, to: number): boolean {
    const isPublish = (bytes[from] ?? 0) >> 4 === packetType.publish;
    if (this.#stage === "open" && isPublish && !this.#hasRoom()) return false;
    const fault = inspect(bytes, this.#stage === "connect", from, to);
    if (fault) {
      this.cut(fault.reason, fault.reply);
      return false;
    }
    if (this.#stage === "connect") {
      clearTimeout(this.#timer);
      this.#stage = "connack";
    }
    if (isPublish) {
      this.#waiting.push(to - from);
      this.#waitingBytes += to - from;
      this.#options.waiting.add(to - from);
      this.#options.bucket.take();
      for (const turn of this.#turns) turn.take(to - from);
    }
    return true;
  }

  /** Whether another publish may pass now; if not, somebody will call #advance. */
  #hasRoom(): boolean {
    const { limits, waiting, bucket, onDelay } = this.#options;
    const full = waiting.full;
    if (
      full ||
      this.#waiting.length >= limits.waitingMessagesPerClient ||
      this.#waitingBytes >= limits.waitingBytesPerClient
    ) {
      if (full) waiting.whenRoom(() => this.#advance());
      onDelay("waiting");
      return false;
    }
    const waitMs = bucket.waitMs();
    if (waitMs > 0) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#advance(), waitMs);
      onDelay("rate");
      return false;
    }
    for (const turn of this.#turns) if (!turn.has()) return false;
    return true;
  }

  /** One call of the system for all that is written in a turn of the event loop: a PUBACK is four bytes. */
  #send(bytes: Buffer): void {
    if (this.#outgoing.push(bytes) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const pieces = this.#outgoing;
    if (pieces.length === 0) return;
    this.#outgoing = [];
    if (this.#peer.destroyed || !this.#peer.writable) return;
    this.#peer.write(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
    this.#countBacklog();
    const { limits, backlog } = this.#options;
    if (this.#behind > (backlog.full ? 0 : limits.backlogBytesPerClient))
      this.cut("slow-subscriber");
  }

  /** What the operating system has not taken yet. */
  #countBacklog(): void {
    if (this.destroyed) return;
    const behind = this.#peer.writableNeedDrain ? this.#peer.writableLength : 0;
    this.#options.backlog.add(behind - this.#behind);
    this.#behind = behind;
  }
}
