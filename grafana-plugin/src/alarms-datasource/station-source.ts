import { getBackendSrv } from "@grafana/runtime";
import { lastValueFrom, type Observable } from "rxjs";
import { type AlarmSource, type AlarmsAnswer, AnswerError } from "../shared/alarm-source.ts";
import { appProxy } from "../shared/app-proxy.ts";

/** The station's alarms through the app's proxy, which holds the token. */
export const stationSource: AlarmSource = {
  async list(since, signal) {
    const { data, headers } = await get<AlarmsAnswer>(
      since > 0 ? `alarms?since=${since}` : "alarms",
      signal,
    );
    const date = Date.parse(headers.get("date") ?? "");
    // The header has whole seconds: half a second is its middle.
    return { ...data, skewMs: Number.isNaN(date) ? 0 : date + 500 - Date.now() };
  },
  async *stream(since, signal) {
    const answers = getBackendSrv().chunked({
      url: `${appProxy}/alarms/stream?since=${since}`,
      method: "GET",
      headers: { accept: "text/event-stream" },
      showErrorAlert: false,
    });
    for await (const { ok, status, data } of valuesOf(answers, signal)) {
      if (!ok) throw new AnswerError(status);
      if (data) yield data;
    }
  },
};

/**
 * `GET` through the app's proxy.
 * @throws AnswerError for an answer other than 2xx
 */
export async function get<T>(path: string, signal: AbortSignal) {
  try {
    return await untilAborted(
      lastValueFrom(
        getBackendSrv().fetch<T>({
          url: `${appProxy}/${path}`,
          method: "GET",
          showErrorAlert: false,
          showSuccessAlert: false,
        }),
      ),
      signal,
    );
  } catch (error) {
    const status = (error as { status?: unknown } | null)?.status;
    throw typeof status === "number" && status > 0 ? new AnswerError(status) : error;
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** What an observable gives, in order; ends with it or with the signal, and then unsubscribes. */
async function* valuesOf<T>(observable: Observable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const waiting: T[] = [];
  let wake = Promise.withResolvers<void>();
  let ended: { error?: unknown } | undefined;
  const end = (how: { error?: unknown }) => {
    ended ??= how;
    wake.resolve();
  };
  const abort = () => end({ error: signal.reason });
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  const subscription = observable.subscribe({
    next(value) {
      waiting.push(value);
      wake.resolve();
    },
    error: (error: unknown) => end({ error }),
    complete: () => end({}),
  });
  try {
    for (;;) {
      for (let value = waiting.shift(); value !== undefined; value = waiting.shift()) yield value;
      if (ended && "error" in ended) throw ended.error;
      if (ended) return;
      await wake.promise;
      wake = Promise.withResolvers();
    }
  } finally {
    signal.removeEventListener("abort", abort);
    subscription.unsubscribe();
  }
}
