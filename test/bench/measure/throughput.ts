import type { Row } from "../goals.ts";
import { type Cost, flood, type Rig, rawPost } from "../rig.ts";
import type { Sizes } from "../sizes.ts";
import { median, show } from "../statistics.ts";

const microseconds = (seconds: number, points: number): string =>
  `${show((seconds / points) * 1e6, 1)} us`;

/** Pipeline and raw store in turns. Gives the messages a second that saturated it at one sample a message. */
export async function throughput(
  rig: Rig,
  sizes: Sizes,
): Promise<{ rows: Row[]; saturation: number }> {
  const rows: Row[] = [];
  let saturation = 0;
  for (const samples of [20, 1]) {
    const points = samples === 1 ? sizes.pointsOne : sizes.pointsMany;
    const amount = { messages: points / samples, samples };
    await flood(rig, { ...amount, messages: amount.messages / 4 }); // to warm up
    const pipeline: Cost[] = [];
    const raw: Cost[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      raw.push(await rawPost(rig, amount));
      pipeline.push(await flood(rig, amount));
    }
    const rates = pipeline.map(({ seconds }, at) => (raw[at]?.seconds ?? seconds) / seconds);
    const cpus = pipeline.map(({ stationCpu, storeCpu }) => stationCpu / storeCpu);
    const perSecond = median(pipeline.map(({ seconds }) => amount.messages / seconds));
    if (samples === 1) saturation = perSecond;
    const rawSecond = median(raw.map(({ seconds }) => points / seconds));
    const station = median(pipeline.map(({ stationCpu }) => stationCpu));
    const store = median(pipeline.map(({ storeCpu }) => storeCpu));
    rows.push(
      {
        name: samples === 1 ? "rateOne" : "rateMany",
        value: median(rates),
        about: `${show((perSecond * samples) / 1000, 0)} against ${show(rawSecond / 1000, 0)} kpoint/s`,
      },
      {
        name: samples === 1 ? "cpuOne" : "cpuMany",
        value: median(cpus),
        about: `${microseconds(station, points)} against ${microseconds(store, points)} a point`,
      },
    );
  }
  return { rows, saturation };
}
