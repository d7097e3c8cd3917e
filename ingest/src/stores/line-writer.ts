import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { HttpError, InfluxDB } from "@influxdata/influxdb-client";
import { PermanentError } from "./store.ts";

/** Sends bodies of line protocol: one call, one request, one answer. */
export interface LineWriter {
  /**
   * Resolves when the store has answered that it took all of the body.
   * @throws PermanentError when the store refuses these lines, with the store's own words.
   */
  write(body: string): Promise<void>;
  /** Gives up what is under way. Idempotent. */
  close(): void;
}

export interface LineWriterOptions {
  readonly url: string;
  /** With the query string; the client's own, `/api/v2/write` for `org` and `bucket`, when absent. */
  readonly path?: string;
  readonly org?: string;
  readonly bucket?: string;
  /** The value of the `Authorization` header. */
  readonly authorization?: string | undefined;
  /** A write is given up after this time; it is tried again and does no harm twice. */
  readonly timeoutMs: number;
}

/** Opens a writer; nothing is sent before the first write. */
export function openLineWriter(options: LineWriterOptions): LineWriter {
  const { url, authorization, timeoutMs } = options;
  const closing = new AbortController();
  const agent = new (url.startsWith("https:") ? HttpsAgent : HttpAgent)({
    keepAlive: true,
  });
  // The client's transport alone: its batches, buffers and retries lose data (docs/decisions).
  const { transport } = new InfluxDB({ url, timeout: timeoutMs, transportOptions: { agent } });
  const place = { org: options.org ?? "", bucket: options.bucket ?? "", precision: "ms" };
  const path = options.path ?? `/api/v2/write?${new URLSearchParams(place)}`;
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    ...(authorization !== undefined && { authorization }),
  };

  function send(body: string): Promise<void> {
    // Without the signal a request that timed out keeps its socket for as long as the kernel tries.
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
    return new Promise((resolve, reject) => {
      let status: number | undefined;
      let answer = "";
      transport.send(
        path,
        body,
        { method: "POST", headers, signal },
        {
          responseStarted(_, code) {
            status = code;
          },
          next(data) {
            if (answer.length < 10_000) answer += Buffer.from(data).toString();
          },
          error: reject,
          complete() {
            // 201 is a partial success of InfluxDB 3, and anything else no answer of a store.
            if (status === 204) resolve();
            else reject(new HttpError(status ?? 0, `204 was expected, not ${status}`, answer));
          },
        },
      );
    });
  }

  return {
    async write(body) {
      if (closing.signal.aborted) throw new Error(`the connection to ${url} is closed`);
      if (body === "") return;
      try {
        await send(body);
      } catch (error) {
        throw judge(error, url, timeoutMs);
      }
    },
    close() {
      closing.abort();
      agent.destroy();
    },
  };
}

/** These answers mean: the same body will be refused again. */
const permanentStatus: readonly number[] = [201, 400, 413, 422];

function judge(cause: unknown, url: string, timeoutMs: number): Error {
  if (cause instanceof HttpError) {
    const message = `${url} answered ${cause.statusCode}: ${reasonOf(cause.body ?? cause.message)}`;
    return permanentStatus.includes(cause.statusCode)
      ? new PermanentError(message, { cause })
      : new StoreUnavailable(message, { cause }, cause.statusCode);
  }
  const name = cause instanceof Error ? cause.name : "";
  const message =
    name === "AbortError" || name === "RequestTimedOutError"
      ? `${url} gave no answer within ${timeoutMs} ms`
      : `${url} can't be reached: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new StoreUnavailable(message, { cause });
}

/** The store can't take the batch now; it may later. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
  /** Of the HTTP answer, when there was one. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions, status?: number) {
    super(message, options);
    this.status = status;
  }
}

/** The store's own words: InfluxDB 1.x and 3 say `error`, 2.x says `message`. */
export function reasonOf(body: string): string {
  try {
    const { error, message } = JSON.parse(body) as { error?: unknown; message?: unknown };
    const reason = error ?? message;
    if (typeof reason === "string") return reason;
  } catch {
    // Not JSON: the body is the reason.
  }
  return body.trim().slice(0, 1000);
}
