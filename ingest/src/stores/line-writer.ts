import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { HttpError, InfluxDB, type Transport } from "@influxdata/influxdb-client";
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

/**
 * The client as a transport and no more: its batches, buffers and retries lose data (docs/decisions).
 * Each setting switches one of them off; a flush then belongs to exactly the body before it.
 */
const transportOnly = {
  batchSize: 100_000,
  // A body above it would be sent by itself, and its failure swallowed.
  maxBatchBytes: Number.POSITIVE_INFINITY,
  flushInterval: 0,
  maxRetries: 0,
  gzipThreshold: 1e12,
  // Its presence keeps the client from printing each failure.
  writeFailed: (error: Error): Promise<void> => Promise.reject(error),
};

/** Opens a writer; nothing is sent before the first write. */
export function openLineWriter(options: LineWriterOptions): LineWriter {
  const { url, authorization, timeoutMs } = options;
  const closing = new AbortController();
  const agent = new (url.startsWith("https:") ? HttpsAgent : HttpAgent)({
    keepAlive: true,
  });
  const connection = {
    url,
    timeout: timeoutMs,
    transportOptions: { agent },
    headers: authorization === undefined ? {} : { authorization },
  };
  const plain = new InfluxDB(connection).transport;
  const client = new InfluxDB({
    ...connection,
    transport: strict(plain, timeoutMs, closing.signal),
  });
  const api = client.getWriteApi(options.org ?? "", options.bucket ?? "", "ms", transportOnly);
  if (options.path !== undefined) api.path = options.path;

  return {
    async write(body) {
      if (closing.signal.aborted) throw new Error(`the connection to ${url} is closed`);
      if (body === "") return;
      try {
        api.writeRecord(body);
        await api.flush();
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

/**
 * Two things that the client leaves open: a request that timed out keeps its socket for as long as
 * the kernel tries, and status 201, a partial success of InfluxDB 3, counts as success.
 */
function strict(plain: Transport, timeoutMs: number, closing: AbortSignal): Transport {
  return {
    chunkCombiner: plain.chunkCombiner,
    iterate: (path, body, options) => plain.iterate(path, body, options),
    request: (path, body, options, started) => plain.request(path, body, options, started),
    send(path, body, options, callbacks) {
      const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]);
      let partial = false;
      let answer = "";
      plain.send(
        path,
        body,
        { ...options, signal },
        {
          ...callbacks,
          responseStarted(headers, status) {
            partial = status === 201;
            callbacks?.responseStarted?.(headers, status);
          },
          next(data) {
            if (partial && answer.length < 10_000) answer += Buffer.from(data).toString();
            return callbacks?.next?.(data);
          },
          complete() {
            if (partial) callbacks?.error?.(new HttpError(201, "partial write", answer));
            else callbacks?.complete?.();
          },
        },
      );
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
