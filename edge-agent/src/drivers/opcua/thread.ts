import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Config } from "./config.ts";
import type { Order, Word } from "./messages.ts";

/** A session may take this long to say goodbye; the supervisor itself waits no longer. */
const goodbyeMs = 1500;
/**
 * Memory of the thread in MB. A small young generation costs some collections more and spares tens of
 * megabytes of the gateway; the old one holds the standard address space several times over, and a
 * leak beyond it ends the thread, not the agent.
 */
const limits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 } as const;
/** Words that may wait to be taken: a minute of a hundred points at ten values a second. */
const maxWords = 60_000;

/**
 * A thread of its own for the OPC UA library: an exception from one of its timers or an endless loop
 * ends or stops that thread, and neither the agent nor its memory stays burdened.
 */
export interface Thread {
  /** What it says, in order; undefined when nothing came for so long. @throws Error when it dies. */
  next(withinMs: number): Promise<Word | undefined>;
  /** Words dropped since the last question, because nobody took them. */
  dropped(): number;
  /** Lets it say goodbye to the server, and ends it. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** Starts a thread with a task; `execArgv` as for Node itself. */
export function startThread(
  config: Config,
  task: Order["task"],
  execArgv: readonly string[] = [],
): Thread {
  // Even an open wire wants a key pair in a folder; that one goes with the thread.
  const passing =
    config.pkiDir === undefined ? mkdtempSync(join(tmpdir(), "kenh-opcua-")) : undefined;
  const order: Order = { config, task, pkiDir: config.pkiDir ?? passing ?? "" };
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: order,
    resourceLimits: limits,
    execArgv: [...execArgv],
    stdout: true,
    stderr: true,
  });
  // The library writes its warnings to the console; what matters comes as a word.
  worker.stdout.resume();
  worker.stderr.resume();
  const words: Word[] = [];
  let lost = 0;
  let death: Error | undefined;
  let wake = (): void => {};
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.on("message", (word: Word) => {
    words.push(word);
    if (words.length > maxWords) {
      words.shift();
      lost++;
    }
    wake();
  });
  worker.on("error", (cause: Error) => {
    death = new Error(
      `the OPC UA thread for ${config.url} died: ${cause.message}; it is started anew`,
      { cause },
    );
    wake();
  });
  worker.once("exit", (code) => {
    death ??= new Error(`the OPC UA thread for ${config.url} ended with ${code}`);
    wake();
  });

  async function end(): Promise<void> {
    await worker.terminate();
    if (passing !== undefined) await rm(passing, { recursive: true, force: true });
  }

  return {
    async next(withinMs) {
      if (words.length === 0 && !death) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, withinMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const word = words.shift();
      if (!word && death) throw death;
      return word;
    },
    dropped() {
      const count = lost;
      lost = 0;
      return count;
    },
    async stop() {
      worker.postMessage("stop");
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, goodbyeMs);
      });
      await Promise.race([exited, enough]);
      clearTimeout(timer);
      await end();
    },
    kill: end,
  };
}
