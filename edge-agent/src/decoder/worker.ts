import { parentPort, workerData } from "node:worker_threads";
import type { Answer, Question } from "./decoder.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";

/** Answers one question after the other; a sandbox is opened when its decoder is first asked for. */
if (parentPort) {
  const port = parentPort;
  const sources = workerData as ReadonlyMap<string, string>;
  const open = new Map<string, Promise<Sandbox>>();
  const now = (): number => performance.now();
  port.on("message", async ({ name, input }: Question) => {
    try {
      const sandbox = open.get(name) ?? openSandbox(sources.get(name) ?? "", now);
      open.set(name, sandbox);
      port.postMessage({ decoded: (await sandbox).decode(input) } satisfies Answer);
    } catch (error) {
      port.postMessage({ fault: (error as Error).message } satisfies Answer);
    }
  });
  port.postMessage("ready" satisfies Answer);
}
