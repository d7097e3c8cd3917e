import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { type Frame, type Framing, OutOfStep } from "./frame.ts";

/** Functions 1 to 4 read; every other one may change the device. */
const lastReadingFunction = 4;

/**
 * The port of the Modbus library over a stream of bytes. It lets no frame out that could write,
 * takes nothing for an answer that came before the request, and gives one answer to each.
 * Emits `data` with an answer, `garbled` with an OutOfStep, and `close`.
 */
export class Port extends EventEmitter {
  readonly #stream: Duplex;
  readonly #framing: Framing;
  #request: Frame | undefined;
  #received: Buffer = Buffer.alloc(0);
  #transaction = 0;

  constructor(stream: Duplex, framing: Framing) {
    super();
    this.#stream = stream;
    this.#framing = framing;
  }

  get isOpen(): boolean {
    return !this.#stream.destroyed;
  }

  /** What has come for the request that waits. */
  get received(): Buffer {
    return this.#received;
  }

  open(opened: (error?: Error) => void): void {
    this.#stream.on("data", (bytes: Buffer) => this.#take(bytes));
    this.#stream.once("close", () => this.emit("close"));
    opened();
  }

  /** Tells at once whoever waits for an answer; settles when the line is free for another. */
  async destroy(): Promise<void> {
    const stream = this.#stream;
    this.emit("close");
    this.removeAllListeners();
    if (stream.closed) return;
    const closed = new Promise((resolve) => stream.once("close", resolve));
    stream.destroy();
    await closed;
  }

  /** @throws Error when the frame is not one that reads. */
  write(frame: Frame): void {
    const code = frame[1] ?? 0;
    if (code < 1 || code > lastReadingFunction) {
      throw new Error(`function ${code} is not let out: this driver reads and never writes`);
    }
    this.#request = frame;
    this.#received = Buffer.alloc(0);
    this.#transaction = (this.#transaction + 1) & 0xffff;
    this.#stream.write(this.#framing.wrap(frame, this.#transaction));
  }

  /** Gives up the request that waits: what comes for it later is thrown away. */
  forget(): void {
    this.#request = undefined;
  }

  #take(bytes: Buffer): void {
    if (!this.#request) return;
    this.#received = Buffer.concat([this.#received, bytes]);
    try {
      const answer = this.#framing.find(this.#received, this.#request, this.#transaction);
      if (!answer && this.#received.length <= longestAnswer) return;
      if (!answer) throw new OutOfStep(this.#received);
      this.#request = undefined;
      this.emit("data", answer);
    } catch (error) {
      this.#request = undefined;
      this.emit("garbled", error);
    }
  }
}

/** Some late answers and the one that is waited for: with more than this somebody babbles. */
const longestAnswer = 4096;
