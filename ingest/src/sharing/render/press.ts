import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { AdministrativeDocument } from "./document.ts";

/** Prints that may wait for each other; each takes a second. */
const maxWaiting = 20;

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * Prints a document as PDF in a thread of its own, one after the other.
 * @throws Error when too many wait
 */
export async function printPdf(document: AdministrativeDocument): Promise<Uint8Array> {
  if (waiting >= maxWaiting) throw new Error(`${waiting} prints wait: try again in a minute`);
  waiting++;
  const printed = last.then(() => print(document));
  last = printed.catch(() => undefined); // whoever asked for it hears of it below
  try {
    return await printed;
  } finally {
    waiting--;
  }
}

async function print(document: AdministrativeDocument): Promise<Uint8Array> {
  const worker = new Worker(new URL("./pdf-worker.ts", import.meta.url), { workerData: document });
  try {
    // An error of the thread rejects: `once` listens to it too.
    const [bytes] = (await once(worker, "message")) as [Uint8Array];
    return bytes;
  } finally {
    await worker.terminate();
  }
}
