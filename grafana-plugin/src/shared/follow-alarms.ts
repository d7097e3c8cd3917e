import type { Alarm } from "@kenh/schemas";
import { type AlarmSource, type AlarmsAnswer, AnswerError, type Flood } from "./alarm-source.ts";
import { createEventParser } from "./event-stream.ts";
import { readAlarm } from "./read-alarm.ts";

/** The alarms as far as they are known, and how well the station is heard. */
export interface Followed {
  readonly alarms: readonly Alarm[];
  /** When the station was last heard, milliseconds UTC of this computer; null before the first word. */
  readonly heardAt: number | null;
  readonly connected: boolean;
  /** The status with which the station last refused to answer; null when it answered or was not reached. */
  readonly refused: number | null;
  /** Null where the station says nothing of floods. */
  readonly floods: readonly Flood[] | null;
  /** How far the station's clock is ahead of this computer's, in milliseconds. */
  readonly skewMs: number;
  /** When something last came that could not be read, milliseconds UTC of this computer. */
  readonly garbledAt: number | null;
  /** Alarms of the list that could not be read; the others are shown. */
  readonly unreadable: number;
}

/** Before the first word. */
export const unheard: Followed = {
  alarms: [],
  heardAt: null,
  connected: false,
  refused: null,
  floods: null,
  skewMs: 0,
  garbledAt: null,
  unreadable: 0,
};

/** How patient the reader is. */
interface Patience {
  readonly silenceMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  readonly floodEveryMs: number;
  /** Says `offline` and `online` when this computer loses and finds its network. */
  readonly network: EventTarget;
}

const usual: Patience = {
  // The station sends a heartbeat at least every 2 s: one may go missing.
  silenceMs: 4_700,
  // A restarted station is found again within a second, a dead one is not hammered.
  firstRetryMs: 500,
  lastRetryMs: 5_000,
  // Floods and the station's clock are not on the stream; a clock that jumps is told within 5 s.
  floodEveryMs: 4_000,
  // Where nothing tells, as on a server, nothing is told.
  network: new EventTarget(),
};

/**
 * Reads the list of alarms, then follows their stream from its revision, until the signal aborts. After
 * a cut it resumes from the last revision; when the station does not know that revision any more, or
 * sends what cannot be read, it begins again with the list. So no row is lost, and none is doubled.
 */
export async function followAlarms(
  source: AlarmSource,
  tell: (followed: Followed) => void,
  signal: AbortSignal,
  patience: Partial<Patience> = {},
): Promise<void> {
  const { silenceMs, firstRetryMs, lastRetryMs, floodEveryMs, network } = { ...usual, ...patience };
  let alarms = new Map<string, Alarm>();
  let revision: number | null = null;
  let retryMs = firstRetryMs;
  let state = unheard;
  const say = (change: Partial<Followed>) => {
    state = { ...state, ...change };
    tell(state);
  };
  const heard = (change: Partial<Followed> = {}) =>
    say({ ...change, heardAt: Date.now(), connected: true, refused: null });

  while (!signal.aborted) {
    const silence = silenceAfter(silenceMs, signal, network);
    let refused: number | null = null;
    let floodTimer: ReturnType<typeof setInterval> | undefined;
    try {
      if (revision === null) {
        const list = await source.list(0, silence.signal);
        const read = list.alarms.flatMap((one) => readAlarm(one) ?? []);
        const unreadable = list.alarms.length - read.length;
        const held = read.filter((one) => one.state !== "normal");
        alarms = new Map(held.map((one) => [one.id, one]));
        revision = list.revision;
        heard({ alarms: held, unreadable, floods: floodsOf(list), skewMs: list.skewMs });
      }
      floodTimer = setInterval(async () => {
        const answer = await source.list(revision ?? 0, silence.signal).catch(() => undefined);
        if (answer) say({ floods: floodsOf(answer), skewMs: answer.skewMs });
      }, floodEveryMs);
      const parser = createEventParser();
      const decoder = new TextDecoder();
      for await (const chunk of source.stream(revision, silence.signal)) {
        silence.postpone();
        retryMs = firstRetryMs;
        let changed = false;
        for (const { id, event, data } of parser.push(decoder.decode(chunk, { stream: true }))) {
          if (event !== "alarm") continue;
          const alarm = alarmOf(data);
          const next = readRevision(id);
          // A proxy that repeats what it already gave must not bring an old state back.
          if (next <= revision) continue;
          if (alarm.state === "normal") alarms.delete(alarm.id);
          else alarms.set(alarm.id, alarm);
          revision = next;
          changed = true;
        }
        heard(changed ? { alarms: [...alarms.values()] } : {});
      }
    } catch (error) {
      if (error instanceof SyntaxError) {
        revision = null;
        // A station that sends nothing else is not asked for its whole list twice a second.
        if (state.garbledAt !== null && Date.now() - state.garbledAt < 2 * lastRetryMs)
          retryMs = lastRetryMs;
        say({ garbledAt: Date.now() });
      }
      if (error instanceof AnswerError) {
        refused = error.status;
        if (error.status < 500) revision = null;
      }
    } finally {
      clearInterval(floodTimer);
      silence.end();
    }
    if (signal.aborted) return;
    say({ connected: false, refused });
    await pause(retryMs * (0.5 + Math.random() / 2), signal, network);
    retryMs = Math.min(retryMs * 2, lastRetryMs);
  }
}

/** @throws SyntaxError when an event brings no alarm: what it was about is lost, so the list is read again. */
function alarmOf(data: string): Alarm {
  const alarm = readAlarm(JSON.parse(data));
  if (!alarm) throw new SyntaxError("what should be an alarm is none");
  return alarm;
}

function floodsOf({ floods }: AlarmsAnswer): readonly Flood[] | null {
  return Array.isArray(floods) ? floods : null;
}

/** @throws SyntaxError when the id of an event is no revision. */
function readRevision(id: string): number {
  if (!/^\d+$/.test(id)) throw new SyntaxError(`the event id ${JSON.stringify(id)} is no revision`);
  return Number(id);
}

/** A signal that aborts after a silence, when this computer loses its network, or with its parent. */
function silenceAfter(ms: number, parent: AbortSignal, network: EventTarget) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  parent.addEventListener("abort", abort);
  network.addEventListener("offline", abort);
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
      network.removeEventListener("offline", abort);
      abort();
    },
  };
}

/** Waits, but no longer than until the network is back or the signal aborts. */
function pause(ms: number, signal: AbortSignal, network: EventTarget): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      network.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    network.addEventListener("online", done);
  });
}
