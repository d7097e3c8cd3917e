import { setTimeout as delay } from "node:timers/promises";
import type { Row } from "../goals.ts";
import { sendThrough, startRig } from "../rig.ts";
import type { Sizes } from "../sizes.ts";

/**
 * Kills station and store by turns while messages flow, and starts them again. Every message is sent
 * until it is acknowledged, so in the end each of its readings must be in the store, once.
 */
export async function crash({ devices, crashes, crashMessages }: Sizes): Promise<Row> {
  await using rig = await startRig(devices);
  await rig.connect(devices);
  let done = false;
  let killed = 0;
  async function disturb(): Promise<void> {
    for (; killed < crashes && !done; killed++) {
      await delay(300 + Math.random() * 700);
      if (killed % 3 === 2) {
        await rig.influxd.stop("SIGKILL");
        await rig.influxd.start();
      } else await rig.crashStation();
    }
  }
  const disturbing = disturb();
  let expected = 0;
  do expected += await sendThrough(rig, { messages: crashMessages, samples: 1 });
  while (killed < crashes);
  done = true;
  await disturbing;
  const { results } = await rig.influxd.query("SELECT count(*) FROM water", "kenh");
  const [{ columns = [], values: [counts = []] = [] } = {}] = results[0]?.series ?? [];
  const found = columns.reduce(
    (sum, name, at) => (/^count_.*_qc$/.test(name) ? sum + Number(counts[at]) : sum),
    0,
  );
  return {
    name: "crash",
    value: expected - found,
    about: `${killed} kills while ${expected} readings were acknowledged`,
  };
}
