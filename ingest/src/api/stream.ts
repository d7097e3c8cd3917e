import { setImmediate } from "node:timers/promises";
import type { Identity } from "@kenh/schemas";
import type { Alarms } from "../alarms/alarms.ts";

/** How a stream of alarms is kept alive and within bounds. */
export interface StreamLimits {
  /** A comment after this long without an alarm: a screen tells within five seconds that its station is gone. */
  readonly heartbeatMs: number;
  /** A reader that takes nothing for this long is cut; it resumes where it stood. */
  readonly stallMs: number;
  /** Transitions read from the book at once: what a reader is given ahead of taking it. */
  readonly batch: number;
  /** Readers at once: a province's operators, many times over. */
  readonly maxReaders: number;
}

export const streamDefaults: StreamLimits = {
  heartbeatMs: 2_000,
  stallMs: 30_000,
  batch: 100,
  maxReaders: 1000,
};

export interface StreamOptions {
  /** The reader has everything up to this revision. */
  readonly since: number;
  readonly visible: (device: Identity) => boolean;
  /** Asked before anything is sent: a token may have been removed since. */
  readonly granted: () => boolean;
  readonly closing: AbortSignal | undefined;
  readonly limits: StreamLimits;
  /** Takes the connection from a reader that is too slow. */
  readonly cut: () => void;
  /** Called once, when the stream has ended; `cut` when its reader was too slow. */
  readonly onEnd: (how: "ended" | "cut") => void;
}

/**
 * The transitions of alarms as server-sent events, in order, each once: `id` is the revision, `data`
 * the alarm as it was then. They are read from the book when the reader takes them, so a slow reader
 * costs no memory and one that comes back misses nothing.
 */
export function alarmEvents(alarms: Alarms, options: StreamOptions): ReadableStream<Uint8Array> {
  const { visible, granted, closing, limits, onEnd } = options;
  const encoder = new TextEncoder();
  let place = options.since;
  /** The last revision that the reader was given as the place where it stands. */
  let told = place;
  let news = Promise.withResolvers<void>();
  let ended = false;
  /** When the reader last took something; while it is waiting for more, undefined. */
  let takenAt: number | undefined;
  const wake = (): void => news.resolve();
  const unsubscribe = alarms.subscribe(wake);

  function end(how: "ended" | "cut"): void {
    if (ended) return;
    ended = true;
    clearInterval(stallTimer);
    unsubscribe();
    closing?.removeEventListener("abort", wake);
    wake();
    onEnd(how);
  }

  /**
   * The visible events that follow, or undefined when there is none. Whoever comes back to a long book
   * of which little is his holds nobody else up while it is looked through.
   */
  async function next(): Promise<string | undefined> {
    while (!ended && !closing?.aborted) {
      const changes = alarms.after(place, limits.batch);
      const last = changes.at(-1);
      if (!last) return undefined;
      place = last.revision;
      const seen = changes.filter(({ device }) => visible(device));
      if (seen.length > 0) {
        told = place;
        return seen
          .map(({ revision, json }) => `id: ${revision}\nevent: alarm\ndata: ${json}\n\n`)
          .join("");
      }
      await setImmediate();
    }
    return undefined;
  }

  /** A sign of life; it carries how far the book was looked through, so that a return begins from there. */
  function heartbeat(): string {
    if (told === place) return ":\n\n";
    told = place;
    return `:\nid: ${place}\n\n`;
  }

  let stallTimer: NodeJS.Timeout | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        closing?.addEventListener("abort", wake, { once: true });
        controller.enqueue(encoder.encode(": alarms\n\n"));
        takenAt = performance.now();
        stallTimer = setInterval(() => {
          if (takenAt === undefined || performance.now() - takenAt < limits.stallMs) return;
          end("cut");
          options.cut();
        }, limits.stallMs / 4);
      },
      async pull(controller) {
        takenAt = undefined;
        news = Promise.withResolvers();
        const allowed = !closing?.aborted && granted();
        let text = allowed ? await next() : undefined;
        if (ended) return;
        if (allowed && text === undefined) {
          const timer = setTimeout(wake, limits.heartbeatMs);
          await news.promise;
          clearTimeout(timer);
          if (ended) return;
          if (!closing?.aborted && granted()) text = (await next()) ?? heartbeat();
        }
        if (text === undefined) {
          controller.close();
          end("ended");
          return;
        }
        controller.enqueue(encoder.encode(text));
        takenAt = performance.now();
      },
      cancel: () => end("ended"),
    },
    { highWaterMark: 0 },
  );
}
