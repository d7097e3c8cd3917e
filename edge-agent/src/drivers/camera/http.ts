import { type IncomingMessage, request as plain } from "node:http";
import { request as secure } from "node:https";
import { within } from "./deadline.ts";
import { authorize, type Credentials, RefusedError } from "./login.ts";

/** What is asked of a camera by HTTP. */
export interface HttpQuestion {
  readonly url: URL;
  /** A POST when there is a body, else a GET. */
  readonly body?: string;
  readonly contentType?: string;
  readonly credentials?: Credentials | undefined;
  /** For each answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What it answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * Asks and reads the whole answer, logging in when it is challenged.
 * @param maxBytes a longer answer is an error
 * @throws RefusedError when the login is not accepted; Error when nothing, or too much, is answered.
 */
export async function ask(question: HttpQuestion, maxBytes: number): Promise<HttpAnswer> {
  const { url, timeoutMs, signal } = question;
  return within(2 * timeoutMs, url.origin, signal, async (all) => {
    const stream = await open({ ...question, signal: all });
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > maxBytes) break;
        chunks.push(chunk);
      }
    } catch (cause) {
      throw new Error(`${url.origin} ended in the middle of its answer`, { cause });
    }
    if (length > maxBytes) throw new Error(`${url.origin} answers more than ${maxBytes} bytes`);
    const { statusCode = 0, headers } = stream;
    return {
      status: statusCode,
      contentType: headers["content-type"] ?? "",
      body: Buffer.concat(chunks),
    };
  });
}

/**
 * Asks and gives the answer as a stream, whose end the caller waits for.
 * @throws RefusedError when the login is not accepted; Error when nothing is answered.
 */
export async function open(question: HttpQuestion): Promise<IncomingMessage> {
  const { url, credentials, body } = question;
  const first = await send(question);
  if (first.statusCode !== 401) return first;
  first.destroy();
  if (!credentials) {
    throw new RefusedError(`${url.origin} asks for a login: give username and password`);
  }
  const challenge = first.headers["www-authenticate"] ?? "";
  const method = body === undefined ? "GET" : "POST";
  const authorization = authorize(challenge, credentials, method, `${url.pathname}${url.search}`);
  const second = await send(question, authorization);
  if (second.statusCode !== 401) return second;
  second.destroy();
  throw new RefusedError(
    `${url.origin} refuses the login of ${credentials.username}: correct the password, or wait if the camera has locked the account`,
  );
}

async function send(question: HttpQuestion, authorization?: string): Promise<IncomingMessage> {
  const { url, body, contentType, timeoutMs, signal } = question;
  const headers = {
    ...(contentType && { "Content-Type": contentType }),
    ...(body !== undefined && { "Content-Length": Buffer.byteLength(body) }),
    ...(authorization && { Authorization: authorization }),
    Connection: "close",
  };
  const options = { method: body === undefined ? "GET" : "POST", agent: false, headers } as const;
  const start = url.protocol === "https:" ? secure : plain;
  // The stream outlives the wait for its head, and ends with the signal all the same.
  const request = start(url, { ...options, signal });
  return within(timeoutMs, url.origin, signal, (soon) => {
    soon.addEventListener("abort", () => request.destroy(soon.reason), { once: true });
    return new Promise((resolve, reject) => {
      request.once("response", (response) => {
        // An end that comes while nobody reads is told to whoever reads next.
        response.on("error", () => {});
        resolve(response);
      });
      request.on("error", (cause: Error) =>
        reject(new Error(`${url.origin} can't be asked: ${cause.message}`, { cause })),
      );
      request.end(body);
    });
  });
}
