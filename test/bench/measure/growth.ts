import type { Row } from "../goals.ts";
import { pace, startRig } from "../rig.ts";
import type { Sizes } from "../sizes.ts";
import { median, show } from "../statistics.ts";

/** One sample a message: half of what a station on two cores takes. */
const messagesPerSecond = 4000;

/** CPU of the station for a point with 1, 4 and 16 times the devices and gateways, in turns. */
export async function growth({ growthDevices, growthMessages, rounds }: Sizes): Promise<Row> {
  const most = Math.max(...growthDevices);
  await using rig = await startRig(most);
  const costs = growthDevices.map((): number[] => []);
  for (let round = 0; round <= Math.min(rounds, 3); round++) {
    for (const [step, devices] of growthDevices.entries()) {
      await rig.connect(devices);
      const { stationCpu, points } = await pace(rig, {
        messages: growthMessages,
        samples: 1,
        perSecond: messagesPerSecond,
      });
      if (round > 0) costs[step]?.push((stationCpu / points) * 1e6); // the first one warms up
    }
  }
  const each = costs.map(median);
  const [first = 1] = each;
  return {
    name: "growth",
    value: Math.max(...each) / first,
    about: growthDevices.map((n, step) => `${n}: ${show(each[step] ?? 0, 1)} us`).join(", "),
  };
}
