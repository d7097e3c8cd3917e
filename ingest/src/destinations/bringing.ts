import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Persistence, RetryPolicy } from "../persist.ts";
import type { Bell } from "./bell.ts";
import type { Backfill, Book } from "./book.ts";
import { feed, fill, type Sources, type Target } from "./feed.ts";
import type { Fork } from "./fork.ts";

export interface BringingParts {
  readonly book: Book;
  readonly sources: Sources;
  readonly bell: Bell;
  readonly policy: RetryPolicy;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

/** Brings destinations what they lack: each at its own pace, and none waits for another. */
export class Bringing {
  readonly #parts: BringingParts;
  readonly #faults = new Map<string, string>();
  readonly #running = new Map<string, { stop: AbortController; done: Promise<void> }>();

  constructor(parts: BringingParts) {
    this.#parts = parts;
  }

  /** The last error of a destination while it is being tried again. */
  faultOf(name: string): string | undefined {
    return this.#faults.get(name);
  }

  /** Brings it what it lacks until it is stopped, or the signal aborts. */
  start(target: Target, signal: AbortSignal): void {
    if (this.#running.has(target.name)) return;
    const stop = new AbortController();
    const done = this.#run(target, AbortSignal.any([signal, stop.signal]));
    this.#running.set(target.name, { stop, done });
  }

  async stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    running?.stop.abort();
    await running?.done;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.stop(name)));
    this.#faults.clear();
  }

  /** Brings it all that waits for it now. @throws the signal's reason when it is not done by then */
  async drain(target: Target, signal: AbortSignal): Promise<void> {
    await feed(target, this.#parts.book, this.#persistence(target.name, signal));
  }

  /** Brings the main store what an earlier run left, until it has it, or the signal aborts. */
  async finish(name: string, fork: Pick<Fork, "finish">, signal: AbortSignal): Promise<void> {
    const persistence = this.#persistence(name, signal);
    await this.#until(name, signal, async () => {
      await fork.finish(persistence, (refused) =>
        this.#parts.log.error(
          { destination: name, ...refused },
          "points of an earlier run were refused for good",
        ),
      );
      return true;
    });
  }

  async #run(target: Target, signal: AbortSignal): Promise<void> {
    const { book, bell } = this.#parts;
    const { name } = target;
    await this.#until(name, signal, async () => {
      const heard = bell.heard(signal);
      await this.drain(target, signal);
      this.#answers(name);
      const task = book.backfills(name).find(({ finishedAt }) => finishedAt === null);
      if (task) await this.#fillBeside(target, task, signal);
      else await heard;
      return false;
    });
  }

  /** Works until it is done, or the signal aborts; what fails is not the store's answer: most likely the disk. */
  async #until(name: string, signal: AbortSignal, work: () => Promise<boolean>): Promise<void> {
    const { policy, log } = this.#parts;
    while (!signal.aborted) {
      try {
        if (await work()) return this.#answers(name);
      } catch (error) {
        if (signal.aborted) return;
        this.#faults.set(name, (error as Error).message);
        log.error({ err: error, destination: name }, "bringing to a destination failed");
        await pause(policy.maxMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  /** What comes now is brought while history is. */
  async #fillBeside(target: Target, task: Backfill, signal: AbortSignal): Promise<void> {
    const { book, bell, sources } = this.#parts;
    const filled = new AbortController();
    const either = AbortSignal.any([signal, filled.signal]);
    const beside = (async () => {
      while (!either.aborted) {
        const heard = bell.heard(either);
        await this.drain(target, signal);
        await heard;
      }
    })();
    try {
      await fill(target, task, book, sources, this.#persistence(target.name, signal));
    } finally {
      filled.abort();
      await beside;
    }
  }

  #persistence(name: string, signal: AbortSignal): Persistence {
    const { policy, log } = this.#parts;
    return {
      policy,
      signal,
      note: (fault) => {
        if (!fault) return this.#answers(name);
        if (!this.#faults.has(name))
          log.warn({ err: fault, destination: name }, "a destination takes nothing: it waits");
        this.#faults.set(name, fault.message);
      },
    };
  }

  #answers(name: string): void {
    if (this.#faults.delete(name))
      this.#parts.log.info({ destination: name }, "it is in order again");
  }
}
