import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Accept,
  type Clock,
  type Enrolment,
  type Identity,
  parseTopic,
  type Value,
} from "@kenh/schemas";
import type { Access } from "@kenh/schemas/node";
import type { Logger } from "pino";
import { collectDefaultMetrics, type Registry as Metrics } from "prom-client";
import { byMqtt } from "./alarms/announce/mqtt.ts";
import { startOutgoing } from "./alarms/announce/outgoing.ts";
import { byStore } from "./alarms/announce/store.ts";
import type { Way } from "./alarms/announce/way.ts";
import { openAlarms } from "./alarms/engine.ts";
import { createRuleFollower } from "./alarms/follow-rules.ts";
import { createApi } from "./api/api.ts";
import { listen } from "./api/listen.ts";
import { openAudit } from "./audit.ts";
import { closeGap } from "./audit-gap.ts";
import type { Catalogue } from "./catalogue.ts";
import type { IngestConfig } from "./config.ts";
import { readDashboards } from "./dashboards.ts";
import { openDerivation } from "./derive/derive.ts";
import { followBoth } from "./derive/follow-both.ts";
import { openDestinations } from "./destinations/destinations.ts";
import { createDiscovery } from "./discovery.ts";
import { openMqttDoor } from "./doors/mqtt.ts";
import { createDryRun } from "./dry-run.ts";
import { reportFleet } from "./fleet.ts";
import { createIdentityAudit } from "./identity-audit.ts";
import { exposePipeline } from "./metrics.ts";
import { lagOf, observePresence, observeStation } from "./observe.ts";
import { openDataRoutes } from "./opendata/opendata.ts";
import { openDevices } from "./opendata/opened.ts";
import { openPipeline } from "./pipeline.ts";
import { createPresence } from "./presence.ts";
import { type CheckProfile, openProfileShelf } from "./profile-shelf.ts";
import { createRegistryAudit, followRegistry } from "./registry/audit.ts";
import type { Registry } from "./registry.ts";
import { keepRetention } from "./retention.ts";
import { loadContracts } from "./sharing/contracts.ts";
import { SharingDesk } from "./sharing/desk.ts";
import { Records } from "./sharing/records/records.ts";
import { openSharing } from "./sharing/sharing.ts";
import { openStore } from "./stores/open.ts";
import type { Point } from "./stores/store.ts";

export interface IngestParts {
  readonly config: IngestConfig;
  readonly catalogue: Catalogue;
  /** Where the catalogue was read from: its rules are followed. Without it they stay as they are. */
  readonly roots?: readonly string[];
  readonly access: Access;
  readonly registry: Registry;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now?: Clock;
  /** How alarms reach the alarm topics; without it they go to the store and the stream alone. */
  readonly publish?: (topic: string, payload: string) => Promise<void>;
  /** Units that send more than the broker lets them; none without it. */
  readonly overQuota?: () => readonly string[];
  /** Gives certificates; without it none are given. */
  readonly enrolment?: Enrolment;
  /** Checks the text of a profile; without it, its form alone. */
  readonly checkProfile?: CheckProfile;
  /** Folder of Grafana's pages: which of them would show a device. */
  readonly dashboardsFolder?: string;
  /** The built console, served at `/`. */
  readonly consoleFolder?: string;
}

/** The station as the source of alarms about itself: of no unit, so for the scope of all alone. */
const platformIdentity: Identity = "kenh/station/platform/ingest";

/** An ingest that runs: pipeline, store, alarms, HTTP. */
export interface Ingest {
  /** The embedded door. */
  readonly accept: Accept;
  onStatus(identity: Identity, payload: Uint8Array): void;
  /** Where HTTP is served. */
  readonly http: string;
  /** What is not delivered stays in the spool. Idempotent. */
  close(): Promise<void>;
}

/** What a derived point says, as alarms take it. */
function valuesOf(fields: Point["fields"]): Record<string, Value> {
  return Object.fromEntries(
    fields.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])),
  );
}

/**
 * Opens everything below `config.dataDir`, carries on where it stood, and serves HTTP.
 * @throws Error when another process has the spool open or the port is taken.
 */
export async function startIngest(parts: IngestParts): Promise<Ingest> {
  const { config, catalogue, access, registry, metrics, log, now = Date.now } = parts;
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const stopping = new AbortController();
  const { signal } = stopping;
  const destinations = await openDestinations({
    file: join(config.dataDir, "destinations.db"),
    configured: { name: "pilot", config: config.store },
    open: openStore,
    ...{ registry, now, log, metrics },
  });
  const { store } = destinations;
  const alarms = openAlarms(join(config.dataDir, "alarms.db"), {
    registry,
    rules: catalogue.rulesInForce,
    ...{ now, log, metrics },
    ...(config.alarmHoldMs !== undefined && { latenessMs: config.alarmHoldMs }),
  });
  const derivation = openDerivation(join(config.dataDir, "derive.db"), {
    ...{ registry, store, now, log, metrics },
    after: alarms.durablePosition,
  });
  const contracts = loadContracts(parts.roots ?? [], (key) => {
    const agency = registry.record("agency", key);
    return agency && { agency: key, label: agency.label, contact: agency.contact ?? {} };
  });
  const sharing = openSharing({
    file: join(config.dataDir, "sharing.db"),
    ...{ contracts, registry, now, log, metrics },
    after: alarms.durablePosition,
  });
  const follower = followBoth(alarms, followBoth(derivation, sharing));
  const pipeline = openPipeline(
    { folder: config.dataDir, registry, store, follower, log, now },
    { judge: { retentionMs: config.retentionMs } },
  );
  const records = new Records({
    file: join(config.dataDir, "records.db"),
    ...{ contracts: sharing.contracts, now, count: sharing.count },
    ...{ ledger: pipeline.ledger, quarantine: pipeline.quarantine },
  });
  const audit = openAudit(join(config.dataDir, "audit.db"), now, (keptAt) =>
    log.error({ keptAt }, "the audit log was damaged on disk; what could be read was saved"),
  );
  const brought = closeGap(alarms, audit);
  if (brought > 0)
    log.warn({ lines: brought }, "calls of before the start were brought into the audit log");
  const identity = createIdentityAudit(access.events, audit, now);
  identity.look();
  const auditRegistry = createRegistryAudit(registry.history, audit);
  auditRegistry();
  const presence = createPresence();
  collectDefaultMetrics({ register: metrics });
  exposePipeline(metrics, pipeline, presence);

  const onStatus = observePresence(presence, registry, alarms);
  const door =
    config.mqttDoor &&
    openMqttDoor(
      config.mqttDoor,
      pipeline.name,
      pipeline.accept,
      (topic, payload) => {
        const identity = parseTopic(topic)?.identity;
        if (identity) onStatus(identity, payload);
      },
      log,
    );
  const publish = parts.publish ?? door?.publish;
  const always: Way[] = [byStore((points) => store.write(points))];
  if (publish) always.push(byMqtt(publish));
  const { roots } = parts;
  let inForce = catalogue.rulesInForce;
  function take(other: Catalogue): void {
    inForce = other.rulesInForce;
    registry.take(other);
    alarms.setRules(inForce);
  }
  const overQuota = parts.overQuota ?? (() => []);
  const measureStation = () => ({
    platform_lag_s: lagOf(pipeline.oldestWaitingAt(), now()),
    platform_cloned_certificates: identity.clones(),
    platform_units_over_quota: overQuota().length,
    platform_destinations_failing: destinations.list().filter(({ fault }) => fault !== null).length,
  });
  const running = [
    alarms.run(signal),
    destinations.run(signal),
    followRegistry(() => auditRegistry() + identity.look(), log, signal),
    ...(roots ? [createRuleFollower({ roots, take, log, metrics }).run(signal)] : []),
    derivation.run(
      {
        delivered: pipeline.deliveredRow,
        observe({ identity }, points) {
          pipeline.latest.note(identity, 0, points);
          for (const { ts, fields } of points) alarms.observe(identity, valuesOf(fields), ts);
        },
      },
      signal,
    ),
    sharing.run({ ledger: pipeline.ledger, write: (points) => store.write(points) }, signal),
    observeStation(alarms, platformIdentity, measureStation, signal),
    keepRetention(store, config.retentionMs, now, log, signal),
    reportFleet(
      {
        registry,
        latest: pipeline.latest,
        ledger: pipeline.ledger,
        statusOf: presence.of,
        alarms,
        write: (points) => store.write(points),
        log,
        now,
      },
      signal,
    ),
  ];

  function ready(): { ok: boolean; reasons: string[] } {
    const reasons = pipeline.ready().reasons;
    const doorFault = door?.fault();
    if (doorFault) reasons.push(doorFault);
    return { ok: reasons.length === 0, reasons };
  }
  let closing: Promise<void> | undefined;
  let stopListening: (() => Promise<void>) | undefined;
  async function close(): Promise<void> {
    await door?.close();
    await stopListening?.();
    stopping.abort();
    await Promise.allSettled(running);
    await pipeline.close();
    alarms.close();
    audit.close();
    derivation.close();
    records.close();
    sharing.close();
    await store.close();
  }
  try {
    const outgoing = startOutgoing({
      folder: config.dataDir,
      ...{ alarms, always, places: registry, now, log, metrics, signal },
      onFailing: (count) => alarms.observe(platformIdentity, { platform_ways_failing: count }),
    });
    running.push(outgoing.done);
    const api = createApi({
      access,
      registry,
      quantities: catalogue.quantities,
      onRegistryChange: auditRegistry,
      dryRun: createDryRun({
        registry,
        waiting: (device, limit) => pipeline.quarantine.list({ device, limit }),
        rules: () => inForce,
        dashboards: parts.dashboardsFolder ? readDashboards(parts.dashboardsFolder) : [],
        judge: { retentionMs: config.retentionMs },
        now,
      }),
      profiles: openProfileShelf(
        roots ?? [config.dataDir],
        () => registry.catalogue(),
        parts.checkProfile,
      ),
      ledger: pipeline.ledger,
      latest: pipeline.latest,
      quarantine: pipeline.quarantine,
      discovery: createDiscovery({ pipeline, registry, access }),
      ...(parts.enrolment && { enrolment: parts.enrolment }),
      replay: async (id) => records.replay(id) ?? pipeline.replay(id),
      alarms,
      rules: () => inForce,
      ways: outgoing,
      audit,
      sharing: new SharingDesk({
        ...{ sharing, records, now },
        quarantined: (filter) => pipeline.quarantine.list(filter).items,
      }),
      openData: openDataRoutes({
        contracts: () => contracts.datasets.values(),
        open: () =>
          openDevices({
            contracts: contracts.datasets.values(),
            devices: registry.all(),
            profiles: registry.catalogue().profiles,
            siteOf: (key) => registry.record("site", key),
            latest: pipeline.latest,
          }),
        ...{ store, now, log, folder: join(config.dataDir, "open") },
      }),
      store,
      destinations,
      overQuota,
      ready,
      metrics,
      now,
      log,
      statusOf: presence.of,
      ...(parts.consoleFolder !== undefined && { staticFolder: parts.consoleFolder }),
    });
    const server = await listen(api, config.host, config.httpPort);
    stopListening = server.close;
    return {
      accept: pipeline.accept,
      onStatus,
      http: server.url,
      close() {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
