import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryFolder } from "../support/folder.ts";
import { quantile } from "./statistics.ts";

const page = Buffer.alloc(4096);
const apartMs = 4;

/** What one synced page costs on the disk of the temporary folder, 99th percentile in ms: no commit can be quicker. */
export async function diskSync(times: number): Promise<number> {
  using folder = temporaryFolder("kenh-disk");
  const file = openSync(join(folder.path, "pages"), "w");
  const took = new Float64Array(times);
  for (let i = 0; i < times; i++) {
    writeSync(file, page);
    const start = performance.now();
    fdatasyncSync(file);
    took[i] = performance.now() - start;
    await delay(apartMs);
  }
  closeSync(file);
  return quantile(took.sort(), 0.99);
}
