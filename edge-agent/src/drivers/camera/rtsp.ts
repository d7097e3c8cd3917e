import { connect, type Socket } from "node:net";
import { within } from "./deadline.ts";
import { authorize, type Credentials, RefusedError } from "./login.ts";
import { type RtspResponse, rtspReader } from "./rtsp-message.ts";

const defaultPort = 554;

export interface RtspOptions {
  readonly url: URL;
  readonly credentials: Credentials | undefined;
  /** For the connection and for each answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Each interleaved frame. */
  readonly onFrame: (channel: number, payload: Buffer) => void;
}

/** A connection to an RTSP server. */
export interface RtspConnection {
  /**
   * Asks, logging in when it is challenged, and gives the answer, whatever its status.
   * @throws RefusedError when the login is not accepted; Error when no answer comes.
   */
  ask(method: string, uri: string, headers?: Record<string, string>): Promise<RtspResponse>;
  /** Rejects when the connection is lost; never resolves. */
  readonly lost: Promise<never>;
  close(): void;
}

/** The port of an `rtsp:` address. */
export function rtspPort(url: URL): number {
  return url.port === "" ? defaultPort : Number(url.port);
}

/** Host and port, as they stand in messages. */
export function rtspOrigin(url: URL): string {
  return `rtsp://${url.hostname}:${rtspPort(url)}`;
}

/** @throws Error when nobody accepts the connection. */
export async function connectRtsp(options: RtspOptions): Promise<RtspConnection> {
  const { url, credentials, timeoutMs, signal } = options;
  const origin = rtspOrigin(url);
  const socket = await connectSocket(url.hostname, rtspPort(url), timeoutMs, signal);
  const read = rtspReader();
  let waiting: ((response: RtspResponse) => void) | undefined;
  let sequence = 0;
  let challenge: { readonly text: string; used: number } | undefined;
  let session: string | undefined;

  const abort = (): void => {
    socket.destroy();
  };
  signal.addEventListener("abort", abort, { once: true });
  const lost = new Promise<never>((_, reject) => {
    let cause: Error | undefined;
    socket.on("error", (error) => {
      cause = error;
    });
    socket.on("close", () => {
      signal.removeEventListener("abort", abort);
      const why = cause ? `: ${cause.message}` : "";
      reject(signal.aborted ? signal.reason : new Error(`${origin} hung up${why}`, { cause }));
    });
  });
  lost.catch(() => {});
  socket.on("data", (chunk: Buffer) => {
    try {
      for (const incoming of read(chunk)) {
        if (incoming.kind === "frame") options.onFrame(incoming.channel, incoming.payload);
        else waiting?.(incoming);
      }
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });

  async function once(
    method: string,
    uri: string,
    headers: Record<string, string>,
  ): Promise<RtspResponse> {
    sequence += 1;
    if (challenge) challenge.used += 1;
    const authorization =
      challenge &&
      credentials &&
      authorize(challenge.text, credentials, method, uri, challenge.used);
    const lines = {
      CSeq: String(sequence),
      "User-Agent": "Kenh",
      ...(session && { Session: session }),
      ...(authorization && { Authorization: authorization }),
      ...headers,
    };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    const cseq = String(sequence);
    const answered = new Promise<RtspResponse>((resolve) => {
      waiting = (response) => {
        // An answer to an earlier question that was given up is not ours.
        if ((response.headers.cseq ?? cseq) === cseq) resolve(response);
      };
    });
    socket.write(`${method} ${uri} RTSP/1.0\r\n${head.join("")}\r\n`);
    const response = await within(timeoutMs, `${origin} (${method})`, signal, (soon) => {
      const late = new Promise<never>((_, reject) => {
        soon.addEventListener("abort", () => reject(soon.reason), { once: true });
      });
      return Promise.race([answered, lost, late]);
    });
    session = response.headers.session?.split(";", 1)[0] ?? session;
    return response;
  }

  return {
    lost,
    close: abort,
    async ask(method, uri, headers = {}) {
      const first = await once(method, uri, headers);
      if (first.status === 403)
        throw new RefusedError(
          `${origin} forbids ${method}: give the user the right to see the stream`,
        );
      if (first.status !== 401) return first;
      if (!credentials) {
        throw new RefusedError(`${origin} asks for a login: give username and password`);
      }
      challenge = { text: first.headers["www-authenticate"] ?? "", used: 0 };
      const second = await once(method, uri, headers);
      if (second.status !== 401 && second.status !== 403) return second;
      throw new RefusedError(
        `${origin} refuses the login of ${credentials.username}: correct the password, or wait if the camera has locked the account`,
      );
    },
  };
}

/** Opens a TCP connection. @throws Error when nobody accepts it in time. */
export async function connectSocket(
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({ host: host.replace(/^\[|\]$/g, ""), port });
  try {
    return await within(timeoutMs, `${host}:${port}`, signal, (soon) => {
      return new Promise<Socket>((resolve, reject) => {
        soon.addEventListener("abort", () => reject(soon.reason), { once: true });
        socket.once("connect", () => resolve(socket));
        socket.once("error", (cause) =>
          reject(
            new Error(
              `${host}:${port} can't be reached (${cause.message}): check power, network and port`,
              { cause },
            ),
          ),
        );
      });
    });
  } catch (error) {
    socket.on("error", () => {});
    socket.destroy();
    throw error;
  }
}
