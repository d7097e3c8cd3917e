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
    // A store takes twenty points of a series one after the other for less than twenty of as many series.
    const byTime: Cost[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      raw.push(await rawPost(rig, amount));
      if (samples > 1) byTime.push(await rawPost(rig, amount, "time"));
      pipeline.push(await flood(rig, amount));
    }
    const rates = pipeline.map(({ seconds }, at) => (raw[at]?.seconds ?? seconds) / seconds);
    const cpus = pipeline.map(({ stationCpu, storeCpu }) => stationCpu / storeCpu);
    if (samples === 1) saturation = median(pipeline.map(({ seconds }) => points / seconds));
    const perSecondOf = (costs: readonly Cost[]) =>
      show(median(costs.map(({ seconds }) => points / seconds)) / 1000, 0);
    const besides =
      byTime.length > 0
        ? `; ${perSecondOf(byTime)} where a body has each instant of all gauges together`
        : "";
    const station = median(pipeline.map(({ stationCpu }) => stationCpu));
    const store = median(pipeline.map(({ storeCpu }) => storeCpu));
    rows.push(
      {
        name: samples === 1 ? "rateOne" : "rateMany",
        value: median(rates),
        about: `${perSecondOf(pipeline)} against ${perSecondOf(raw)} kpoint/s${besides}`,
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
