import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Authority,
  type Config,
  configSchema,
  createBroker,
  createEnrolment,
  tlsListenerSchema,
} from "@kenh/broker";
import {
  type IngestConfig,
  type Lead,
  openRegistry,
  readCatalogue,
  readData,
  startIngest,
} from "@kenh/ingest";
import type { QuotaUse } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import type { Logger } from "pino";
import { Registry as Metrics } from "prom-client";
import { authorityOf } from "./authority.ts";
import { startDemo } from "./demo.ts";
import { greet } from "./greet.ts";
import { createProfileBench } from "./profile-bench.ts";

/** The folder of the shipped data: quantities, profiles, rules, examples. */
const shippedData = fileURLToPath(new URL("../schemas/", import.meta.url));
const exampleWard = join(shippedData, "examples/cao-lanh");
const dashboardsFolder = fileURLToPath(
  new URL("../grafana-plugin/provisioning/dashboards/ward/", import.meta.url),
);
const consoleFolder = fileURLToPath(new URL("../grafana-plugin/dist-console/", import.meta.url));

/** A ward that runs. */
export interface Station {
  readonly http: string;
  /** Null where the broker is not ours. */
  readonly mqtt: string | null;
  /** By TLS; null where the broker is not ours, or its port was taken. */
  readonly mqtts: string | null;
  /** A clean stop: first those who send, last those who keep. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a ward: accounts, registry, broker, ingest with its store, alarms and console, and with
 * `demo` the simulated ward. All state is below `config.dataDir`.
 * @throws Error when a port is taken, the folder is in use, or a file in it is wrong.
 */
export async function startStation(
  config: IngestConfig,
  { demo, log, lead }: { demo: boolean; log: Logger; lead?: Lead },
): Promise<Station> {
  const { dataDir } = config;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const stops: (() => unknown)[] = [];
  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    for (const step of stops.reverse()) await step();
  }
  try {
    const metrics = new Metrics();
    const access = openAccess(join(dataDir, "access.db"));
    stops.push(() => access.close());
    const roots = [shippedData, ...(demo ? [exampleWard] : []), dataDir];
    const catalogue = readCatalogue(roots);
    for (const fault of catalogue.faults) {
      log.error({ fault }, "what a province or unit has of its own is wrong; all others go on");
    }
    for (const warning of catalogue.warnings) log.warn({ warning }, "a rule of alarms is odd");
    const registry = openRegistry(join(dataDir, "registry.db"), catalogue);
    stops.push(() => registry.close());

    const bench = createProfileBench(() => registry.catalogue());
    stops.push(bench.close);
    let mqtts: string | null = null;
    const authority = config.mqttDoor ? undefined : await authorityOf(dataDir, config.host);
    const brokerConfig = brokerConfigOf(config, authority);
    let uses: () => readonly QuotaUse[] = () => [];
    let publish: ((topic: string, payload: string) => Promise<void>) | undefined;
    const ingest = await startIngest({
      config,
      catalogue,
      roots,
      access,
      registry,
      metrics,
      log,
      quotas: brokerConfig.quotas,
      quotaUses: () => uses(),
      checkProfile: bench.check,
      dashboardsFolder,
      consoleFolder,
      ...(lead && { lead }),
      ...(authority && {
        enrolment: createEnrolment({ access, authority, broker: () => mqtts, now: Date.now }),
      }),
      ...(!config.mqttDoor && {
        publish: (topic: string, payload: string) =>
          publish ? publish(topic, payload) : Promise.reject(new Error("the broker is not up yet")),
      }),
    });
    stops.push(ingest.close);

    let mqtt: string | null = null;
    if (!config.mqttDoor) {
      const broker = createBroker({
        config: brokerConfig,
        isFull: ingest.isFull,
        access,
        accept: ingest.accept,
        onStatus: ingest.onStatus,
        isRegistered: (identity) => registry.find(identity) !== undefined,
        metrics,
        log,
        now: Date.now,
      });
      stops.push(broker.stop);
      uses = broker.quotaUses;
      const addresses = await broker.start();
      mqtt = addresses.mqtt;
      mqtts = addresses.mqtts ?? null;
      publish = (topic, payload) => broker.publish(topic, payload, { retain: false });
    }

    const addressFile = join(dataDir, "station.json");
    writeFileSync(
      addressFile,
      JSON.stringify({
        ...{ http: ingest.http, mqtt, mqtts, pid: process.pid },
        ...(demo && { example: exampleWard }),
      }),
    );
    stops.push(() => rmSync(addressFile, { force: true }));
    if (demo && mqtt !== null) {
      const ward = await startDemo({ dataDir, ward: exampleWard, mqtt, access, registry, log });
      stops.push(ward.stop);
    }
    greet(ingest.http, dataDir, access);
    return {
      http: ingest.http,
      mqtt,
      mqtts,
      stop() {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * `broker.yaml` in the station's folder adds TLS, WebSocket and limits; host and port are the environment's.
 * @param authority its clients are believed beside those of the authorities that the file names, and where
 * the file says nothing of TLS it is the broker's own
 */
export function brokerConfigOf(
  { dataDir, host, mqttPort, mqttsPort }: IngestConfig,
  authority?: Authority,
): Config {
  const file = join(dataDir, "broker.yaml");
  const written = existsSync(file)
    ? readData(file, configSchema)
    : configSchema.parse({ limits: {} });
  const config = { ...written, host, port: mqttPort };
  if (!authority) return config;
  const { caFile, server } = authority;
  const tls = written.tls
    ? { ...written.tls, caFile: [...[written.tls.caFile ?? []].flat(), caFile] }
    : tlsListenerSchema.parse({
        ...{ host, ...server, caFile },
        port: mqttsPort ?? defaultTlsPort(mqttPort),
        // Nobody has asked for this one: a station that worked without it goes on.
        optional: mqttsPort === undefined,
      });
  const wss = written.wss && {
    ...written.wss,
    caFile: [...[written.wss.caFile ?? []].flat(), caFile],
  };
  return { ...config, tls, ...(wss && { wss }) };
}

/** As far from the plain port as the two registered ones are apart: 1883 and 8883. */
function defaultTlsPort(mqttPort: number): number {
  return mqttPort === 0 || mqttPort + 7000 > 65_535 ? 0 : mqttPort + 7000;
}
