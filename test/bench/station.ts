import { join } from "node:path";
import { configSchema, createBroker } from "@kenh/broker";
import { openPipeline, openRegistry, openStore } from "@kenh/ingest";
import { openAccess } from "@kenh/schemas/node";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { createAnnouncer } from "../../ingest/src/alarms/announce/announce.ts";
import { byMqtt } from "../../ingest/src/alarms/announce/mqtt.ts";
import { byStore } from "../../ingest/src/alarms/announce/store.ts";
import { openAlarms } from "../../ingest/src/alarms/engine.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { answerCalls } from "./child.ts";

/** What is measured: broker and ingest in one process, with alarms, spool on disk and InfluxDB behind. */
export interface StationConfig {
  readonly folder: string;
  readonly port: number;
  readonly influxUrl: string;
}

let started: Awaited<ReturnType<typeof start>> | undefined;

async function start({ folder, port, influxUrl }: StationConfig) {
  const log = pino({ level: process.env.KENH_LOG ?? "silent" }, pino.destination(2));
  const metrics = new Metrics();
  const catalogue = shippedCatalogue();
  const access = openAccess(join(folder, "access.db"));
  const registry = openRegistry(join(folder, "registry.db"), catalogue);
  const store = await openStore({
    kind: "influxdb",
    url: influxUrl,
    version: 1,
    org: "",
    bucket: "kenh",
    token: undefined,
  });
  const rules = catalogue.rules.values();
  const follower = openAlarms(join(folder, "alarms.db"), {
    rules,
    registry,
    now: Date.now,
    log,
    metrics,
  });
  const pipeline = openPipeline({ folder, registry, store, follower, log });
  const broker = createBroker({
    config: configSchema.parse({ port }),
    access,
    accept: pipeline.accept,
    metrics,
    log,
    now: Date.now,
  });
  await broker.start();
  const stopping = new AbortController();
  const { signal } = stopping;
  const announcer = createAnnouncer(follower, { signal, log, metrics, now: Date.now });
  await announcer.use([
    byStore((points) => store.write(points)),
    byMqtt((topic, payload) => broker.publish(topic, payload, { retain: false })),
  ]);
  const running = [follower.run(signal), announcer.done];
  return {
    pipeline,
    async stop() {
      await broker.stop();
      stopping.abort();
      await Promise.all(running);
      await pipeline.close();
      follower.close();
      await store.close();
      registry.close();
      access.close();
    },
  };
}

const calls = {
  async start(config: StationConfig): Promise<void> {
    started = await start(config);
  },
  /** Readings by where they are, and what else tells of the work. */
  books(_: undefined) {
    const books = { received: 0, stored: 0, pending: 0, other: 0, loads: 0, commits: 0 };
    if (!started) throw new Error("the station has not started");
    const { ledger, counts } = started.pipeline;
    for (const account of ledger.accounts()) {
      books.received += account.received;
      books.stored += account.stored;
      books.pending += account.pending;
      books.other += account.duplicate + account.quarantined;
    }
    return { ...books, loads: counts.loads, commits: counts.commits };
  },
  async stop(_: undefined): Promise<void> {
    await started?.stop();
    started = undefined;
  },
};
export type StationCalls = typeof calls;
answerCalls(calls);
