import { openPipeline, openStore } from "@kenh/ingest";
import { pino } from "pino";
import { until } from "../../support/counterpart.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { registryOf } from "../../support/registry.ts";
import type { Row } from "../goals.ts";
import { makeDevices, nextMessage, profile } from "../load.ts";
import type { Rig } from "../rig.ts";
import type { Sizes } from "../sizes.ts";
import { compare, show } from "../statistics.ts";

const samples = 20;
/** Messages at once, as many connections bring them: they share commits. */
const together = 500;

const reading = /"([a-z]\w+_\w+|ph)":([-\d.]+)/g;
/** What can be wrong with all of a message. */
const spoil: Readonly<Record<string, (good: string) => string>> = {
  "invalid JSON": (good) => good.slice(0, -1),
  "wrong type": (good) => good.replace(reading, '"$1":"$2"'),
  "unknown quantity": (good) => good.replace(reading, '"x_$1":$2'),
};

/**
 * Messages of 20 samples through a pipeline of this process into the real store: a good one until
 * its readings are in the store, a bad one until it is durable in the quarantine, where it ends.
 */
export async function refusal(rig: Rig, sizes: Sizes): Promise<Row> {
  using folder = temporaryFolder("kenh-refusal");
  const devices = makeDevices(together);
  const registry = registryOf(...devices.map(({ identity }) => ({ identity, profile })));
  const store = await openStore({
    kind: "influxdb",
    url: rig.influxd.url,
    version: 1,
    org: "",
    bucket: "refusal",
    token: undefined,
  });
  const log = pino({ level: "silent" });
  const pipeline = openPipeline({ folder: folder.path, registry, store, log });
  const sum = (count: "pending" | "stored") =>
    [...pipeline.ledger.accounts()].reduce((total, account) => total + account[count], 0);

  /** Messages are made outside of what is measured. */
  async function send(payloads: readonly Buffer[]): Promise<void> {
    await Promise.all(
      devices.map(({ topic }, at) =>
        pipeline.accept({ topic, payload: payloads[at] ?? Buffer.alloc(0) }),
      ),
    );
    await until(() => sum("pending") === 0, "the readings to be in the store");
  }
  const make = (change = (good: string) => good) =>
    devices.map((device) => Buffer.from(change(nextMessage(device, samples, Date.now()))));

  let worst = { kind: "", ratio: 0, subject: 0, base: 0 };
  for (const [kind, change] of Object.entries(spoil)) {
    const before = sum("stored");
    await send(make(change));
    if (sum("stored") !== before) throw new Error(`a message with ${kind} was accepted`);
    const found = await compare(
      { prepare: () => make(change), run: send },
      { prepare: () => make(), run: send },
      sizes,
    );
    if (found.ratio > worst.ratio) worst = { kind, ...found };
  }
  await pipeline.close();
  await store.close();
  registry.close();
  const each = (seconds: number) => `${show((seconds / together) * 1e6, 0)} us`;
  return {
    name: "refusal",
    value: worst.ratio,
    about: `${worst.kind}: ${each(worst.subject)} against ${each(worst.base)} a message`,
  };
}
