// Fills an outbox until it is killed, and prints the last sample of each commit.
import { join } from "node:path";
import { openOutbox } from "./outbox.ts";

const [folder = "", first = "1"] = process.argv.slice(2);
const outbox = openOutbox(join(folder, "outbox.db"), {
  maxBytes: 1e9,
  maxAgeMs: 1e9,
  commitMs: 100,
  maxSamples: 5,
  maxWaitMs: 1000,
  now: Date.now,
  log: { info() {}, warn() {}, error: console.error },
});
for (let ts = Number(first); ; ts++) {
  await outbox.accept("82/29869/cau-cao-lanh/muc-nuoc-01", { ts, values: { water_level_m: 1 } });
  if (ts % 3 !== 0) continue;
  outbox.commit();
  await new Promise<void>((resolve) => process.stdout.write(`${ts}\n`, () => resolve()));
}
