import { type ChildProcess, fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What a child can be asked to do: functions of plain data. */
export type Calls = Record<string, (argument: never) => unknown>;
type Argument<F> = F extends (argument: infer A) => unknown ? A : never;
type Answer<F> = F extends (argument: never) => infer R ? Awaited<R> : never;

interface Question {
  readonly id: number;
  readonly call: string;
  readonly argument: unknown;
}
interface Reply {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** A process of its own that answers calls. */
export interface Child<C extends Calls> {
  readonly pid: number;
  ask<K extends keyof C & string>(call: K, argument: Argument<C[K]>): Promise<Answer<C[K]>>;
  /** Lets it end, and waits for that. Idempotent. */
  end(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
}

/**
 * Starts `file` as a process of its own.
 * @throws Error from a call when the child ends before it has answered.
 */
export function startChild<C extends Calls>(file: URL, execArgv: readonly string[] = []): Child<C> {
  const child: ChildProcess = fork(file, {
    serialization: "advanced",
    execArgv: [...execArgv],
    stdio: ["ignore", 2, 2, "ipc"],
  });
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  let last = 0;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.on("message", ({ id, answer, error }: Reply) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(answer);
    else caller?.reject(new Error(error));
  });
  void gone.then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`${file.pathname} has ended`));
    waiting.clear();
  });
  return {
    pid: child.pid ?? 0,
    ask: (call, argument) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
        child.send({ id, call, argument } satisfies Question, (error) => error && reject(error));
      }),
    async end() {
      if (child.connected) child.disconnect();
      await gone;
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Answers the calls of the parent, in a child. */
export function answerCalls(calls: Calls): void {
  process.on("message", async ({ id, call, argument }: Question) => {
    try {
      const answer = await calls[call]?.(argument as never);
      process.send?.({ id, answer } satisfies Reply);
    } catch (error) {
      process.send?.({ id, error: (error as Error).stack ?? String(error) } satisfies Reply);
    }
  });
  process.once("disconnect", () => process.exit());
}

/**
 * Seconds of CPU that a process has used, its threads included and its children not, in nanoseconds'
 * steps: the ticks of `/proc/<pid>/stat` are too coarse for a short run. A thread that has ended no
 * longer counts; neither Node nor influxd ends any under load.
 */
export function cpuSeconds(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  let nanoseconds = 0;
  for (const thread of readdirSync(tasks)) {
    const [onCpu] = readFileSync(`${tasks}/${thread}/schedstat`, "utf8").split(" ");
    nanoseconds += Number(onCpu);
  }
  return nanoseconds / 1e9;
}

/** Bytes that a process keeps in memory. */
export function residentBytes(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1024;
}
