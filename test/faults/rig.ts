import { join } from "node:path";
import type { Identity, LedgerReport } from "@kenh/schemas";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Influxd, startInfluxd } from "../support/influxd.ts";
import { faultsOf, watchBooks } from "./books.ts";
import type { Result } from "./scenario.ts";
import { type Sender, type SenderOptions, startSender } from "./sender.ts";
import { prepareStation, type Station } from "./station.ts";
import { compare, fromInfluxd, fromSqlite, influxDatabase, type ReadStored } from "./stored.ts";

/** A station with a store, and devices that send to it. */
export interface Rig extends AsyncDisposable {
  readonly folder: string;
  readonly station: Station;
  /** Undefined where the store is the embedded one. */
  readonly influxd: Influxd | undefined;
  readonly stored: ReadStored;
  readonly senders: readonly Sender[];
  /** Reports of the ledger that were held against the equation, so far. */
  readonly looks: number;
  /** Adds devices that send by themselves. */
  send(count: number, how?: Partial<SenderOptions>): Promise<readonly Sender[]>;
  /** Waits until every sender has its PUBACKs and nothing is on its way to the store. */
  settle(withinMs?: number): Promise<LedgerReport>;
  /** What was wrong with the books so far. */
  bookFaults(): readonly string[];
  /** Settles, compares the store with what was sent, and looks at the books a last time. */
  count(faults: number): Promise<Result>;
}

export interface RigOptions {
  readonly store: "influxdb" | "sqlite";
  readonly host?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The books are damaged in this scenario: they may know less than was acknowledged, and must say so. */
  readonly booksMayForget?: boolean;
  /** The folder of the station's state; one of its own when absent. */
  readonly dataDir?: string;
}

export const place = "82/29869/kiem-thu";
const settleMs = 90_000;

/** Starts the store and prepares the station, which the scenario starts. */
export async function makeRig(options: RigOptions): Promise<Rig> {
  const { store, host, env, dataDir, booksMayForget = false } = options;
  const folder = temporaryFolder("kenh-faults");
  const influxd = store === "influxdb" ? await startInfluxd() : undefined;
  const station = await prepareStation({
    dataDir: dataDir ?? join(folder.path, "data"),
    ...(host !== undefined && { host }),
    env: {
      KENH_STORE: store,
      KENH_LOG: "warn",
      ...(influxd && {
        KENH_INFLUX_URL: influxd.url,
        KENH_INFLUX_VERSION: "1",
        KENH_INFLUX_BUCKET: influxDatabase,
      }),
      ...env,
    },
  });
  const senders: Sender[] = [];
  const acknowledged = (): number => senders.reduce((all, sender) => all + sender.acknowledged, 0);
  const watch = watchBooks(station, booksMayForget ? () => 0 : acknowledged);
  const stored = influxd ? fromInfluxd(influxd) : fromSqlite(station.dataDir);

  async function settle(withinMs = settleMs): Promise<LedgerReport> {
    for (const sender of senders) sender.pause();
    await Promise.all(senders.map((sender) => sender.drained(withinMs)));
    return until(
      async () => {
        const report = await station.ledger().catch(() => undefined);
        return report?.total.pending === 0 ? report : undefined;
      },
      `nothing to be pending; the station's last words: ${station.log().slice(-1500)}`,
      withinMs,
    );
  }

  return {
    folder: folder.path,
    station,
    influxd,
    stored,
    senders,
    get looks() {
      return watch.samples;
    },
    async send(count, how = {}) {
      const added: Sender[] = [];
      for (let i = 0; i < count; i++) {
        const number = senders.length + 1;
        const device: Identity = `${place}/may-${number}`;
        const account = await station.admit(device, [device]);
        const sender = startSender({
          host: station.host,
          port: station.mqttPort,
          account,
          device,
          number,
          samplesPerMessage: 5,
          intervalMs: 25,
          window: 20,
          journal: join(folder.path, "acknowledged.log"),
          ...how,
        });
        senders.push(sender);
        added.push(sender);
      }
      return added;
    },
    settle,
    bookFaults: () => watch.faults,
    async count(faults) {
      const report = await settle();
      const books = [...watch.faults, ...faultsOf(report)];
      const difference = { missing: 0, doubled: 0, invented: 0 };
      for (const { device, sent } of senders) {
        const found = compare(sent, await stored(device, ["uptime_s", "flow_m3_s"]));
        difference.missing += found.missing;
        difference.doubled += found.doubled;
        difference.invented += found.invented;
        const entries = report.epochs.filter((epoch) => epoch.device === device);
        const booked = entries.reduce((all, epoch) => all + epoch.stored, 0);
        if (booked !== found.expected - found.missing)
          books.push(
            `${device}: ${found.expected - found.missing} readings stored, ${booked} booked`,
          );
      }
      for (const { device, epoch, missing } of report.epochs) {
        if (missing.length > 0)
          books.push(`${device} ${epoch}: seq ${JSON.stringify(missing)} never came`);
      }
      return { faults, accepted: acknowledged(), looks: watch.samples, ...difference, books };
    },
    async [Symbol.asyncDispose]() {
      await watch.stop();
      await Promise.all(senders.map((sender) => sender.close()));
      await station.kill();
      await influxd?.dispose();
      folder[Symbol.dispose]();
    },
  };
}
