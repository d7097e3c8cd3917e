import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

/** Longest line that is believed: upsd's own are below 2 KiB. */
const maxLineBytes = 16 * 1024;

/** Lines to and from a server over one socket. */
export interface Connection {
  /** Aborts, with the error as reason, once the connection is lost. */
  readonly lost: AbortSignal;
  send(line: string): void;
  /**
   * The next line.
   * @throws Error when none comes in time, or the connection is lost.
   */
  line(): Promise<string>;
  /** Goes on encrypted; the server must have agreed. */
  encrypt(ca: string | undefined): Promise<void>;
  close(): void;
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/**
 * Opens a connection; the signal closes it at once.
 * @throws Error naming host and port when nobody answers there.
 */
export async function openConnection(place: Place, signal: AbortSignal): Promise<Connection> {
  const { host, port, timeoutMs } = place;
  const where = `upsd at ${host}:${port}`;
  signal.throwIfAborted();
  const losing = new AbortController();
  const lines: string[] = [];
  let rest = Buffer.alloc(0);
  let wake = (): void => {};
  let socket: Socket | TLSSocket = connect({ host, port });

  const lose = (error: Error): void => {
    if (!losing.signal.aborted) losing.abort(error);
    signal.removeEventListener("abort", abort);
    socket.destroy();
    wake();
  };
  const abort = (): void => lose(new Error(`${where}: stopped`));
  const take = (chunk: Buffer): void => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      lines.push(rest.subarray(0, end).toString("utf8").replace(/\r$/, ""));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > maxLineBytes || lines.length > maxLineBytes) {
      lose(new Error(`${where} sends what is not NUT's protocol; check host and port`));
    }
    wake();
  };
  const listen = (): void => {
    socket.on("data", take);
    socket.on("error", (error) =>
      lose(
        new Error(
          `${where}: ${error.message}; check that upsd runs there and LISTENs on that address`,
          {
            cause: error,
          },
        ),
      ),
    );
    socket.on("close", () => lose(new Error(`${where} has closed the connection`)));
  };
  /** Waits for `done`, within the time of an answer. */
  const within = async (done: () => boolean, what: string): Promise<void> => {
    const timer = setTimeout(
      () => lose(new Error(`${where} ${what} within ${timeoutMs} ms; check host and port`)),
      timeoutMs,
    );
    try {
      while (!done()) {
        if (losing.signal.aborted) throw losing.signal.reason;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  };

  signal.addEventListener("abort", abort, { once: true });
  listen();
  let connected = false;
  socket.once("connect", () => {
    connected = true;
    wake();
  });
  await within(() => connected, "does not answer");

  return {
    lost: losing.signal,
    send(line) {
      socket.write(`${line}\n`);
    },
    async line() {
      await within(() => lines.length > 0, "gave no answer, or half a one,");
      return lines.shift() as string;
    },
    async encrypt(ca) {
      const plain = socket;
      plain.removeAllListeners("data");
      plain.removeAllListeners("error");
      plain.removeAllListeners("close");
      const secured = connectTls({
        socket: plain,
        host,
        ...(isIP(host) === 0 && { servername: host }),
        ...(ca !== undefined && { ca }),
      });
      socket = secured;
      listen();
      let done = false;
      secured.once("secureConnect", () => {
        done = true;
        wake();
      });
      await within(() => done, "did not finish the TLS handshake");
    },
    close: () => lose(new Error(`${where}: closed`)),
  };
}
