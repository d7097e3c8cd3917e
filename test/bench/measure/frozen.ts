import { setTimeout as delay } from "node:timers/promises";
import type { Row } from "../goals.ts";
import { everything, pace, type Rig } from "../rig.ts";
import type { Sizes } from "../sizes.ts";
import { median, show } from "../statistics.ts";
import { subscribe } from "../subscriber.ts";

/** From the freeze to the first message that is counted. */
const settleMs = 2000;
/** 20 samples each: more than the sockets and the bound of a subscriber's backlog hold. */
const messagesPerSecond = 1500;

/** What a healthy subscriber of everything gets a second, alone and while another one does not read. */
export async function frozen(rig: Rig, sizes: Sizes): Promise<Row> {
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < Math.min(sizes.rounds, 2); round++) {
    const alone = await watch(rig, sizes, false);
    const beside = await watch(rig, sizes, true);
    ratios.push(beside / alone);
    rates.push(beside);
  }
  return {
    name: "frozen",
    value: median(ratios),
    about: `${show(median(rates), 0)} messages/s beside a frozen one`,
  };
}

async function watch(rig: Rig, { watchMs }: Sizes, withFrozen: boolean): Promise<number> {
  const login = { username: "token", password: rig.token("reader") };
  const healthy = await subscribe(rig.mqttPort, { ...login }, everything);
  const other = withFrozen
    ? await subscribe(rig.mqttPort, { ...login, password: rig.token("reader") }, everything)
    : undefined;
  const seconds = (settleMs + watchMs) / 1000 + 0.5;
  const messages = Math.ceil(messagesPerSecond * seconds);
  const sending = pace(rig, { messages, samples: 20, perSecond: messagesPerSecond });
  while (healthy.count === 0) await delay(5);
  other?.freeze();
  await delay(settleMs);
  const start = performance.now();
  const before = healthy.count;
  await delay(watchMs);
  const rate = ((healthy.count - before) / (performance.now() - start)) * 1000;
  await sending;
  healthy.close();
  other?.close();
  return rate;
}
