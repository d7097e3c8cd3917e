import { readFileSync } from "node:fs";
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { PermanentError } from "../../stores/store.ts";
import { LaterError } from "./way.ts";

/** Where to post, and within which bounds. */
export interface PostConfig {
  readonly url: string;
  /** PEM of the receiver's authority; the system's authorities when absent. */
  readonly caFile: string | undefined;
  /** For connecting, sending and the whole answer together. */
  readonly timeoutMs: number;
  /** Connections at once; they are kept for the next transition. */
  readonly inFlight: number;
}

/** A receiver of posts. */
export interface Receiver {
  /**
   * Resolves once the other side has answered that it took the body.
   * @throws PermanentError for an answer that speaks of this body, LaterError when it said how long
   * to wait, else Error: the address, the network or the receiver has to be mended, and then it comes again.
   */
  post(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * Of the answers 4xx those that speak of the caller or of the moment, and not of the body: a wrong
 * address or key is mended by a person, and nothing may be lost until then.
 */
const notOfTheBody: readonly number[] = [401, 403, 404, 407, 408, 421, 423, 425, 429];

/**
 * Posts to one address and no other: a redirect is an error, for what is signed for one receiver is
 * not another's, and no proxy of the environment comes between.
 */
export function openReceiver(config: PostConfig): Receiver {
  const url = new URL(config.url);
  const secure = url.protocol === "https:";
  const options = { keepAlive: true, maxSockets: config.inFlight };
  const agent = secure
    ? new HttpsAgent({ ...options, ...(config.caFile && { ca: readFileSync(config.caFile) }) })
    : new HttpAgent(options);

  return {
    post(body, headers, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const request = (secure ? httpsRequest : httpRequest)(url, {
        method: "POST",
        agent,
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
        signal: AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]),
      });
      request.once("error", (cause) => reject(unreachable(url, cause, config)));
      request.once("response", (response) => {
        // Read to its end, for the connection is to be used again; what it says is not kept.
        response.once("error", (cause) => reject(unreachable(url, cause, config)));
        response.once("end", () => {
          const fault = faultOf(url, response.statusCode ?? 0, response.headers);
          if (fault) reject(fault);
          else resolve();
        });
        discard(request, response);
      });
      request.end(body);
      return promise;
    },
    close: () => agent.destroy(),
  };
}

/** An answer of more than this is no answer to a post. */
const mostAnswerBytes = 64 * 1024;

function discard(request: ClientRequest, response: NodeJS.ReadableStream): void {
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostAnswerBytes) request.destroy(new Error(`more than ${mostAnswerBytes} bytes`));
  });
}

/** Why the body was not taken; undefined when it was. Names the host alone: a path may be a secret. */
function faultOf(
  { host }: URL,
  status: number,
  headers: { readonly "retry-after"?: string | undefined },
): Error | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) {
    return new Error(`${host} answers ${status}, a redirect: write the address that it leads to`);
  }
  const message = `${host} answers ${status}`;
  if (status >= 400 && status < 500 && !notOfTheBody.includes(status)) {
    return new PermanentError(message);
  }
  const seconds = Number(headers["retry-after"]);
  return seconds > 0 ? new LaterError(message, seconds * 1000) : new Error(message);
}

function unreachable({ host }: URL, cause: Error, { timeoutMs }: PostConfig): Error {
  const why = cause.name === "TimeoutError" ? `no answer within ${timeoutMs} ms` : cause.message;
  return new Error(`${host}: ${why}`, { cause });
}
