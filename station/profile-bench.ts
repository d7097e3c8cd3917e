import { Worker } from "node:worker_threads";
import type { CheckProfile, ProfileCheck } from "@kenh/ingest";
import type { Known } from "./profile-check.ts";

/** One text to check. */
export interface Question {
  readonly id: number;
  readonly yaml: string;
  readonly says?: unknown;
}

/** What came of it. */
export type Answer =
  | { readonly id: number; readonly check: ProfileCheck }
  | { readonly id: number; readonly failed: string };

/** Waiting checks: an engineer's page sends one at a time. */
const mostWaiting = 16;
/** The first one loads the drivers; on a small machine under load that takes seconds. */
const deadlineMs = 20_000;
/** Drivers and a decoder's sandbox fit; a runaway ends the thread and not the station. */
const memoryMb = 256;
/** Then the drivers' memory is given back. */
const idleMs = 60_000;

/** Checks profiles in a thread of their own: neither a driver's library nor a hostile text holds up a reading. */
export interface ProfileBench {
  /** @throws Error saying what to try when too many wait, or one took too long */
  readonly check: CheckProfile;
  /** Idempotent. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (check: ProfileCheck) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The thread starts with the first check and ends when none came for a minute. */
export function createProfileBench(known: () => Known): ProfileBench {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let next = 0;
  const waiting = new Map<number, Waiting>();

  function take(id: number): Waiting | undefined {
    const held = waiting.get(id);
    waiting.delete(id);
    clearTimeout(held?.timer);
    return held;
  }

  /** Ends the thread, and with it every check that waits. */
  async function end(reason: string): Promise<void> {
    const ended = worker;
    worker = undefined;
    clearTimeout(idle);
    for (const id of [...waiting.keys()]) take(id)?.reject(new Error(reason));
    await ended?.terminate();
  }

  function start(): Worker {
    const { quantities, classes } = known();
    const started = new Worker(new URL("profile-worker.ts", import.meta.url), {
      workerData: { quantities, classes },
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    // A station that stops does not wait for it.
    started.unref();
    started.on("message", (answer: Answer) => {
      const held = take(answer.id);
      if ("check" in answer) held?.resolve(answer.check);
      else held?.reject(new Error(answer.failed));
    });
    started.on("error", (error) => {
      if (worker === started) void end(`the check ended: ${error.message}`);
    });
    return started;
  }

  return {
    check(yaml, says) {
      if (waiting.size >= mostWaiting) {
        return Promise.reject(new Error(`${waiting.size} checks wait already: try again`));
      }
      clearTimeout(idle);
      idle = setTimeout(() => void end("idle"), idleMs).unref();
      worker ??= start();
      const { promise, resolve, reject } = Promise.withResolvers<ProfileCheck>();
      const id = next++;
      const timer = setTimeout(
        () =>
          void end(
            `the check took longer than ${deadlineMs / 1000} s: shorten the profile or its decoder`,
          ),
        deadlineMs,
      );
      waiting.set(id, { resolve, reject, timer });
      worker.postMessage({ id, yaml, says } satisfies Question);
      return promise;
    },
    close: () => end("the station stops"),
  };
}
