import { diskSync } from "../disk.ts";
import type { Row } from "../goals.ts";
import { pace, type Rig } from "../rig.ts";
import type { Sizes } from "../sizes.ts";
import { median, quantile, show } from "../statistics.ts";

/** Of the load that saturates. */
const part = 0.2;

/** The time from the write of a PUBLISH to its PUBACK, one sample a message, at an even rate. */
export async function latency(rig: Rig, sizes: Sizes, saturation: number): Promise<Row> {
  const perSecond = saturation * part;
  const messages = Math.ceil(perSecond * sizes.latencySeconds);
  const runs: Float64Array[] = [];
  const disk: number[] = [];
  for (let round = 0; round < sizes.rounds; round++) {
    disk.push(await diskSync(sizes.diskSyncs));
    runs.push((await pace(rig, { messages, samples: 1, perSecond })).times);
  }
  const at = (p: number) => median(runs.map((times) => quantile(times, p)));
  return {
    name: "latency",
    value: at(0.99),
    about: `at ${show(perSecond, 0)} messages/s; median ${show(at(0.5), 1)} ms; a bare sync of this disk ${show(median(disk), 1)} ms (99th)`,
  };
}
