import type { Alarm } from "@kenh/schemas";
import { type Api, ApiError } from "./api.ts";
import { createEventParser } from "./event-stream.ts";

/** The alarms as far as they are known, and how well the station is heard. */
export interface Followed {
  readonly alarms: readonly Alarm[];
  /** When the station was last heard, milliseconds UTC of this computer; null before the first word. */
  readonly heardAt: number | null;
  readonly connected: boolean;
}

/** How patient the reader is. */
export interface Patience {
  readonly silenceMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

const patience: Patience = {
  // The station sends a heartbeat at least every 15 s: two may go missing.
  silenceMs: 40_000,
  // A restarted station is found again within a second, a dead one is not hammered.
  firstRetryMs: 500,
  lastRetryMs: 10_000,
};

/**
 * Reads the list of alarms, then follows their stream from its revision, until the signal aborts. After
 * a cut it resumes from the last revision; when the station does not know that revision any more, or
 * sends what cannot be read, it begins again with the list. So no row is lost, and none is doubled.
 */
export async function followAlarms(
  api: Api,
  tell: (followed: Followed) => void,
  signal: AbortSignal,
  { silenceMs, firstRetryMs, lastRetryMs }: Patience = patience,
): Promise<void> {
  let alarms = new Map<string, Alarm>();
  let revision: number | null = null;
  let heardAt: number | null = null;
  let retryMs = firstRetryMs;
  const say = (connected: boolean) => tell({ alarms: [...alarms.values()], heardAt, connected });
  const heard = () => {
    heardAt = Date.now();
    say(true);
  };

  while (!signal.aborted) {
    const silence = silenceAfter(silenceMs, signal);
    try {
      if (revision === null) {
        const list = await api.get<{ alarms: Alarm[]; revision: number }>(
          "/api/v1/alarms",
          silence.signal,
        );
        alarms = new Map(list.alarms.map((alarm) => [alarm.id, alarm]));
        revision = list.revision;
        heard();
      }
      const response = await api.open(`/api/v1/alarms/stream?since=${revision}`, {
        signal: silence.signal,
        headers: { accept: "text/event-stream" },
      });
      const parser = createEventParser();
      const text = response.body?.pipeThrough(new TextDecoderStream());
      for await (const chunk of chunks(text)) {
        silence.postpone();
        retryMs = firstRetryMs;
        for (const { id, event, data } of parser.push(chunk)) {
          if (event !== "alarm") continue;
          const alarm = readAlarm(data);
          if (alarm.state === "normal") alarms.delete(alarm.id);
          else alarms.set(alarm.id, alarm);
          revision = readRevision(id);
        }
        heard();
      }
    } catch (error) {
      if (error instanceof SyntaxError || (error instanceof ApiError && error.status < 500)) {
        revision = null;
      }
    } finally {
      silence.end();
    }
    if (signal.aborted) return;
    say(false);
    await pause(retryMs * (0.5 + Math.random() / 2), signal);
    retryMs = Math.min(retryMs * 2, lastRetryMs);
  }
}

/** The chunks of a stream. Browsers other than Firefox and Chromium can't iterate one. */
async function* chunks(stream: ReadableStream<string> | undefined): AsyncGenerator<string> {
  const reader = stream?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** @throws SyntaxError when the text is no alarm. */
function readAlarm(data: string): Alarm {
  const alarm = JSON.parse(data) as Partial<Alarm> | null;
  if (typeof alarm?.id !== "string" || typeof alarm.state !== "string" || !alarm.message) {
    throw new SyntaxError("an event of the alarm stream is no alarm");
  }
  return alarm as Alarm;
}

/** @throws SyntaxError when the id of an event is no revision. */
function readRevision(id: string): number {
  if (!/^\d+$/.test(id)) throw new SyntaxError(`the event id ${JSON.stringify(id)} is no revision`);
  return Number(id);
}

/** A signal that aborts after a silence, or with its parent. */
function silenceAfter(ms: number, parent: AbortSignal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  parent.addEventListener("abort", abort);
  let timer = setTimeout(abort, ms);
  return {
    signal: controller.signal,
    postpone() {
      clearTimeout(timer);
      timer = setTimeout(abort, ms);
    },
    end() {
      clearTimeout(timer);
      parent.removeEventListener("abort", abort);
      abort();
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
