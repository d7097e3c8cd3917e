import { once } from "node:events";
import type { Duplex } from "node:stream";
import { nameOf, openBytes } from "../byte-stream.ts";
import type { Config } from "./config.ts";

/** Nothing of a sensor came, or nothing that could be read. */
export class Silent extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = "Silent";
  }
}

/** What sends commands to the bus and gives the lines that come back. */
export interface Gateway {
  readonly name: string;
  /** Sends a command, such as `0M!`, and throws away what came before it. @throws Error when the gateway is lost. */
  send(command: string): Promise<void>;
  /** The next line, without its end; undefined when none has come in time. @throws Error when the gateway is lost. */
  line(withinMs: number): Promise<string | undefined>;
  /** Lets the connection go and settles when it has gone; idempotent. */
  close(): Promise<void>;
}

/** The longest line has 82 characters; with more a bus babbles. */
const longestLine = 200;

/** Prepares a gateway; it is opened with the first command. When the signal aborts, it closes. */
export function makeGateway({ bus, timeoutMs }: Config, signal: AbortSignal): Gateway {
  const name = nameOf(bus);
  let stream: Duplex | undefined;
  let received = "";
  let sent = "";
  let heard = (): void => {};

  function take(bytes: Buffer): void {
    // The break that wakes the bus, and noise, arrive as control characters; 7F may be a checksum's.
    received += bytes.toString("latin1").replace(/[^\r\n\x20-\x7f]/g, "");
    received = received.slice(-longestLine);
    heard();
  }

  function next(): string | undefined {
    const end = received.indexOf("\n");
    if (end < 0) return undefined;
    const line = received.slice(0, end).replace(/\r$/, "");
    received = received.slice(end + 1);
    // Many gateways echo what they send.
    return line.startsWith(sent) ? line.slice(sent.length) : line;
  }

  const drop = (): void => {
    stream?.destroy();
    heard();
  };
  signal.addEventListener("abort", drop, { once: true });

  return {
    name,
    async send(command) {
      signal.throwIfAborted();
      if (!stream || stream.destroyed) {
        stream = await openBytes(bus, timeoutMs, signal);
        stream.on("data", take);
        stream.once("close", () => heard());
      }
      received = "";
      sent = command;
      stream.write(command);
    },
    async line(withinMs) {
      let timer: NodeJS.Timeout | undefined;
      let late = false;
      try {
        return await new Promise((resolve, reject) => {
          heard = () => {
            const line = next();
            if (line !== undefined && line !== "") resolve(line);
            else if (line === "") heard();
            else if (!stream || stream.destroyed)
              reject(new Error(`${name} closed the connection; check the gateway`));
            else if (late) resolve(undefined);
          };
          timer = setTimeout(() => {
            late = true;
            heard();
          }, withinMs);
          heard();
        });
      } finally {
        heard = () => {};
        clearTimeout(timer);
      }
    },
    async close() {
      signal.removeEventListener("abort", drop);
      if (!stream || stream.closed) return;
      const closed = once(stream, "close");
      stream.destroy();
      await closed;
    },
  };
}
