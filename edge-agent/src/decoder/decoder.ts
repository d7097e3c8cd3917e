import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Decoded, DecoderError, type DecoderInput } from "./sandbox.ts";

/** Limits of the thread, each with its reason. */
const limits = {
  /** Ten times what a decoder may take between its own steps: what is still busy then is stuck. */
  decodeMs: 1000,
  /** A small gateway under load starts a thread and an engine within a few seconds. */
  startMs: 30_000,
  /** The sandbox holds its own memory outside this heap. */
  heap: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
} as const;

export interface Question {
  readonly name: string;
  readonly input: DecoderInput;
}
export type Answer = "ready" | { readonly decoded: Decoded } | { readonly fault: string };

/** Decoders of vendors, in a thread that is ended when one of them does not come back. */
export interface Decoders {
  readonly names: ReadonlySet<string>;
  /** @throws DecoderError saying what the decoder did; the next uplink finds it as new. */
  decode(name: string, input: DecoderInput): Promise<Decoded>;
  close(): Promise<void>;
}

/**
 * Holds decoders ready. The thread starts with the first uplink.
 * @param sources JavaScript with `decodeUplink(input)`, by name
 */
export function holdDecoders(sources: ReadonlyMap<string, string>): Decoders {
  let thread: Promise<Worker> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const stop = async (): Promise<void> => {
    const ending = thread;
    thread = undefined;
    await ending?.then((worker) => worker.terminate()).catch(() => undefined);
  };
  const ask = async (question: Question): Promise<Decoded> => {
    thread ??= start(sources);
    try {
      const worker = await thread;
      worker.postMessage(question);
      const answer = await heard(worker, limits.decodeMs);
      if (answer === "ready")
        throw new DecoderError("the thread of the decoders spoke out of turn");
      if ("fault" in answer) throw new DecoderError(answer.fault);
      return answer.decoded;
    } catch (error) {
      if (error instanceof DecoderError) throw error;
      await stop();
      throw new DecoderError(
        `the decoder of ${question.name} did not come back within ${limits.decodeMs} ms, and its thread was ended: look for what takes long in it`,
        { cause: error },
      );
    }
  };
  return {
    names: new Set(sources.keys()),
    decode(name, input) {
      // One after the other: the one that hangs is the one that is asked.
      const turn = last.then(() => ask({ name, input }));
      last = turn.catch(() => undefined);
      return turn;
    },
    close: stop,
  };
}

async function start(sources: ReadonlyMap<string, string>): Promise<Worker> {
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: sources,
    resourceLimits: limits.heap,
    env: {},
  });
  // It never keeps an agent alive that wants to end.
  worker.unref();
  await heard(worker, limits.startMs);
  return worker;
}

/** The next word of the thread. @throws Error when it dies, or says nothing for so long. */
async function heard(worker: Worker, withinMs: number): Promise<Answer> {
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), withinMs);
  try {
    const [answer] = (await Promise.race([
      once(worker, "message", { signal: enough.signal }),
      once(worker, "exit", { signal: enough.signal }).then(([code]) => {
        throw new Error(`the thread of the decoders ended with ${code}`);
      }),
    ])) as [Answer];
    return answer;
  } finally {
    clearTimeout(timer);
    enough.abort();
  }
}
