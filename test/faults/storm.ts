import { until } from "../support/counterpart.ts";
import { makeRig } from "./rig.ts";
import type { Scale, Scenario } from "./scenario.ts";

const devices = 200;
const storms: Record<Scale, number> = { bounded: 3, full: 30 };

/** A district loses power and has it back: two hundred devices drop and return at once, each with a backlog. */
export const storm: Scenario = {
  name: "reconnect storm with backlog",
  absent: () => undefined,
  async run(scale, say) {
    await using rig = await makeRig({ store: "sqlite" });
    const { station, senders } = rig;
    await station.start();
    await rig.send(devices, { intervalMs: 100, samplesPerMessage: 1, window: 50 });
    const connected = (): boolean => senders.every(({ connections }) => connections > 0);
    await until(connected, `${devices} connections`, 60_000);
    for (let round = 0; round < storms[scale]; round++) {
      const before = senders.map(({ connections }) => connections);
      // Every other time it is the station that falls, and the backlog grows while it starts.
      if (round % 2 === 1) {
        await station.kill();
        await station.start();
      } else for (const sender of senders) sender.drop();
      await until(
        () => senders.every(({ connections }, at) => connections > (before[at] ?? 0)),
        `all ${devices} to be back`,
        60_000,
      );
    }
    const result = await rig.count(storms[scale]);
    say(`${devices} devices returned ${storms[scale]} times`);
    return result;
  },
};
