import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { sumLedgers } from "@kenh/ingest";
import type { Identity, LedgerReport } from "@kenh/schemas";
import { seededRandom } from "../../edge-agent/src/drivers/simulate/random.ts";
import { absent, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startInfluxd } from "../support/influxd.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { faultsOf } from "./books.ts";
import { place } from "./rig.ts";
import type { Result, Scale, Scenario } from "./scenario.ts";
import { startSender } from "./sender.ts";
import { prepareStation, type Station } from "./station.ts";
import { compare, fromInfluxd, influxDatabase } from "./stored.ts";

const kills: Record<Scale, number> = { bounded: 1, full: 40 };
const devices: readonly Identity[] = Array.from({ length: 6 }, (_, n) => `${place}/may-${n + 1}`);

/** Two ingests share the stream of a Mosquitto; one of them, in turn, is killed under load. */
async function killOne(count: number, say: (line: string) => void): Promise<Result> {
  using folder = temporaryFolder("kenh-shared");
  const influxd = await startInfluxd();
  // With its defaults Mosquitto gives up what waits for an ingest that is away (docs/reference/scaling.md).
  const settings = ["max_inflight_messages 0", "max_queued_messages 0"];
  const broker = await startMosquitto(folder.path, [{}], settings);
  const ingests: Station[] = [];
  for (const name of ["a", "b"]) {
    const ingest = await prepareStation({
      dataDir: join(folder.path, name),
      command: ["ingest", "--alarms", "off"],
      env: {
        KENH_LOG: "warn",
        KENH_BROKER_URL: broker.url,
        KENH_STORE: "influxdb",
        KENH_INFLUX_URL: influxd.url,
        KENH_INFLUX_VERSION: "1",
        KENH_INFLUX_BUCKET: influxDatabase,
      },
    });
    await ingest.admit(`${place}/gw-01`, devices);
    ingests.push(ingest);
  }
  const senders: ReturnType<typeof startSender>[] = [];
  const random = seededRandom(5);
  const ledgers = (): Promise<LedgerReport[]> => Promise.all(ingests.map((one) => one.ledger()));
  try {
    await Promise.all(ingests.map((ingest) => ingest.start()));
    devices.forEach((device, at) => {
      const [host, port] = ["127.0.0.1", broker.ports[0] as number];
      const account = { username: device, password: "" };
      const journal = join(folder.path, "acknowledged.log");
      const load = { number: at + 1, samplesPerMessage: 5, intervalMs: 20, window: 50 };
      senders.push(startSender({ host, port, account, device, journal, ...load }));
    });
    for (let kill = 0; kill < count; kill++) {
      const victim = ingests[kill % 2] as Station;
      const before = (await victim.ledger()).total.received;
      await until(async () => (await victim.ledger()).total.received > before, "its part to come");
      await pause(random() * 500);
      await victim.kill();
      // The other one goes on meanwhile, and what is the victim's waits for it at the broker.
      await pause(random() * 500);
      await victim.start();
      if ((kill + 1) % 10 === 0) say(`${kill + 1} of ${count} kills`);
    }
    for (const sender of senders) sender.pause();
    await Promise.all(senders.map((sender) => sender.drained(60_000)));
    const sent = senders.reduce((all, sender) => all + sender.sent.size * 2, 0);
    const settled = async () => {
      const sum = sumLedgers(await ledgers());
      const { stored, pending } = sum.total;
      return pending === 0 && stored >= sent ? sum : undefined;
    };
    const sum = await until(
      settled,
      `${sent} readings stored; the ingests' last words: ${ingests.map((one) => one.log().slice(-800)).join("\n")}`,
    );
    const books = (await ledgers()).flatMap(faultsOf);
    const difference = { missing: 0, doubled: 0, invented: 0 };
    for (const { device, sent: expected } of senders) {
      const read = fromInfluxd(influxd);
      const found = compare(expected, await read(device, ["uptime_s", "flow_m3_s"]));
      difference.missing += found.missing;
      difference.doubled += found.doubled;
      difference.invented += found.invented;
    }
    if (sum.total.stored !== sent) books.push(`${sum.total.stored} booked as stored, ${sent} sent`);
    for (const { device, missing, inSeveral } of sum.epochs) {
      if (missing.length > 0) books.push(`${device}: seq ${JSON.stringify(missing)} never came`);
      if (inSeveral > 0) books.push(`${device}: ${inSeveral} messages came to both`);
    }
    const shares = (await ledgers()).map(({ total }) => total.received);
    say(`${sent} readings, ${count} kills; received by each: ${shares.join(" and ")}`);
    return { faults: count, accepted: sent, looks: ingests.length, ...difference, books };
  } finally {
    await Promise.all(senders.map((sender) => sender.close()));
    await Promise.all(ingests.map((ingest) => ingest.kill()));
    await broker.stop();
    await influxd.dispose();
  }
}

/** kill -9 of one of two ingests that share a stream: the other goes on, and nothing is lost. */
export const sharedStream: Scenario = {
  name: "two ingests share a stream, one is killed",
  absent: () => absent("mosquitto") ?? absent("influxd", "influxdb"),
  run: (scale, say) => killOne(kills[scale], say),
};
