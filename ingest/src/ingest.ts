import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Identity, parseTopic } from "@kenh/schemas";
import { collectDefaultMetrics } from "prom-client";
import { byMqtt } from "./alarms/announce/mqtt.ts";
import { startOutgoing } from "./alarms/announce/outgoing.ts";
import { byStore } from "./alarms/announce/store.ts";
import type { Way } from "./alarms/announce/way.ts";
import { openAlarms } from "./alarms/engine.ts";
import { createApi } from "./api/api.ts";
import { listen } from "./api/listen.ts";
import { openAudit } from "./audit.ts";
import { closeGap } from "./audit-gap.ts";
import { openBridge } from "./bridge/bridge.ts";
import type { Catalogue } from "./catalogue.ts";
import { readDashboards } from "./dashboards.ts";
import { openDerivation } from "./derive/derive.ts";
import { followAll, followInTurn } from "./derive/follow-all.ts";
import { openDestinations } from "./destinations/destinations.ts";
import { createDiscovery } from "./discovery.ts";
import { openMqttDoor } from "./doors/mqtt.ts";
import { createDryRun } from "./dry-run.ts";
import { reportFleet } from "./fleet.ts";
import { followData } from "./follow-data.ts";
import { openHandovers } from "./handover/handovers.ts";
import { createIdentityAudit } from "./identity-audit.ts";
import type { Ingest, IngestParts } from "./ingest-parts.ts";
import { exposePipeline } from "./metrics.ts";
import { lagOf, observePresence, observeStation, valuesOf } from "./observe.ts";
import { openDataRoutes } from "./opendata/opendata.ts";
import { auditOverdue } from "./overdue-audit.ts";
import { steadfast } from "./persist.ts";
import { openPipeline } from "./pipeline.ts";
import { createPresence } from "./presence.ts";
import { openProfileShelf } from "./profile-shelf.ts";
import { openQuotaDesk } from "./quota/desk.ts";
import { createRegistryAudit, followRegistry } from "./registry/audit.ts";
import type { RegisteredDevice } from "./registry.ts";
import { openHistory } from "./rollup/history.ts";
import { agenciesOf, loadContracts } from "./sharing/contracts.ts";
import { SharingDesk } from "./sharing/desk.ts";
import { openSharing } from "./sharing/sharing.ts";
import { judgedOnly } from "./standby/judged-only.ts";
import { acceptAs, heldBack, passOver } from "./standby/lead.ts";
import { openStore } from "./stores/open.ts";
import type { Point } from "./stores/store.ts";
import { openWards, withoutWards } from "./wards/wards.ts";

/** The station as the source of alarms about itself: of no unit, so for the scope of all alone. */
const platformIdentity: Identity = "kenh/station/platform/ingest";

/**
 * Opens everything below `config.dataDir`, carries on where it stood, and serves HTTP.
 * @throws Error when another process has the spool open or the port is taken.
 */
export async function startIngest(parts: IngestParts): Promise<Ingest> {
  const { config, catalogue, access, registry, metrics, log, lead, now = Date.now } = parts;
  const judges = config.alarms !== "off";
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
    rules: judges ? catalogue.rulesInForce : [],
    tenants: withoutWards(access, catalogue.tenants),
    ...{ now, log, metrics, quotas: parts.quotas },
    ...(config.alarmHoldMs !== undefined && { latenessMs: config.alarmHoldMs }),
  });
  alarms.letGo(access.bridges.units());
  const derivation = openDerivation(join(config.dataDir, "derive.db"), {
    ...{ registry, store, now, log, metrics },
    after: alarms.durablePosition,
  });
  const contracts = loadContracts(parts.roots ?? [], agenciesOf(registry));
  const sharing = openSharing({
    file: join(config.dataDir, "sharing.db"),
    ...{ contracts, registry, now, log, metrics },
    after: alarms.durablePosition,
  });
  const history = openHistory({
    ...{ folder: config.dataDir, rawDays: config.retentionDays, after: alarms.durablePosition },
    ...{ registry, store, now, log, metrics },
  });
  const { rollup } = history;
  const judge = { oldestOf: history.retention.oldestOf };
  const bridge =
    config.bridge &&
    openBridge({
      ...{ config: config.bridge, folder: config.dataDir, after: alarms.durablePosition },
      ...{ alarms, now, log, metrics },
    });
  // What is derived goes to the alarms and into the roll-ups.
  const judging = [followInTurn(followAll(alarms, rollup), derivation), sharing];
  const follower = followAll(...(judges ? judging : []), bridge?.follower);
  const pipeline = openPipeline(
    {
      folder: config.dataDir,
      store: config.alarms === "only" ? judgedOnly(store) : store,
      ...{ registry, log, now, ...(follower && { follower }) },
    },
    { judge },
  );
  const { ledger, quarantine } = pipeline;
  const desk = new SharingDesk({
    ...{ file: join(config.dataDir, "records.db"), sharing, ledger, quarantine, now },
  });
  const audit = openAudit(join(config.dataDir, "audit.db"), now, (keptAt) =>
    log.error({ keptAt }, "the audit log was damaged on disk; what could be read was saved"),
  );
  const brought = closeGap(alarms, audit);
  if (brought > 0)
    log.warn({ lines: brought }, "calls of before the start were brought into the audit log");
  auditOverdue(alarms, audit);
  const handovers = openHandovers(join(config.dataDir, "handovers.db"), now, (keptAt) =>
    log.error(
      { keptAt },
      "the book of hand-overs was damaged on disk; what could be read was saved",
    ),
  );
  const identity = createIdentityAudit(access.events, audit, now);
  identity.look();
  const auditRegistry = createRegistryAudit(registry.history, audit);
  auditRegistry();
  const presence = createPresence();
  collectDefaultMetrics({ register: metrics });
  exposePipeline(metrics, pipeline, presence);

  const wards = openWards({ ...parts, alarms, pipeline, presence, onChange: setRules });
  const onStatus = observePresence(presence, registry, alarms, bridge?.onStatus);
  const door =
    config.mqttDoor &&
    openMqttDoor(
      config.mqttDoor,
      lead?.clientId ?? config.mqttDoor.clientId ?? pipeline.name,
      lead ? acceptAs(lead, wards.accept) : wards.accept,
      (topic, payload) => {
        const identity = parseTopic(topic)?.identity;
        if (identity) onStatus(identity, payload);
      },
      log,
      lead?.door,
    );
  const told = lead ? heldBack(alarms, lead, log) : alarms;
  if (lead) passOver(alarms, lead);
  lead?.expose(metrics);
  const publish = parts.publish ?? door?.publish;
  const always: Way[] = [byStore(steadfast(store).write)];
  if (publish) always.push(byMqtt(publish));
  const { roots } = parts;
  let views = catalogue;
  function setRules(): void {
    if (judges) alarms.setRules(views.rulesInForce, withoutWards(access, views.tenants));
  }
  function take(other: Catalogue): void {
    views = other;
    registry.take(other);
    setRules();
  }
  const quotas = openQuotaDesk(parts, { alarms, ledger, retention: history.retention, now });
  const measureStation = () => ({
    platform_lag_s: lagOf(pipeline.oldestWaitingAt(), now()),
    platform_cloned_certificates: identity.clones(),
    platform_units_over_quota: quotas.over().length,
    platform_destinations_failing: destinations.list().filter(({ fault }) => fault !== null).length,
    platform_wards_away: wards.away(),
    ...(bridge && { platform_bridge_down: bridge.down() }),
  });
  const running = [
    wards.run(signal),
    ...(bridge ? [bridge.run(quarantine, signal)] : []),
    alarms.run(signal),
    destinations.run(signal),
    quotas.run(signal),
    followRegistry(() => auditRegistry() + identity.look(), log, signal),
    ...followData(parts, { take, sharing }, signal),
    ...(judges ? follow() : []),
    observeStation(alarms, platformIdentity, measureStation, signal),
  ];

  /** What says something of all that a device sends, and so has to see all of it. */
  function follow(): Promise<void>[] {
    const { latest, ledger, deliveredRow: delivered } = pipeline;
    const observe = (device: RegisteredDevice, points: readonly Point[]) => {
      const { identity } = device;
      latest.note(identity, 0, points);
      for (const { ts, fields } of points) {
        alarms.observe(identity, valuesOf(fields), ts);
        rollup.note(device, ts);
      }
    };
    const { write } = steadfast(store);
    const fleet = { registry, latest, ledger, statusOf: presence.of, alarms, write, log, now };
    return [
      history.run(delivered, signal),
      derivation.run({ delivered, observe }, signal),
      sharing.run({ ledger, write: steadfast(store).write }, signal),
      reportFleet(fleet, signal),
    ];
  }

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
    bridge?.close();
    alarms.close();
    audit.close();
    handovers.close();
    derivation.close();
    history.close();
    desk.close();
    sharing.close();
    quotas.close();
    await store.close();
  }
  try {
    const outgoing = startOutgoing({
      folder: config.dataDir,
      ...{ alarms: told, always, places: registry, now, log, metrics, signal },
      onFailing: (count) => alarms.observe(platformIdentity, { platform_ways_failing: count }),
    });
    running.push(outgoing.done);
    const api = createApi({
      access,
      registry,
      onRegistryChange: auditRegistry,
      dryRun: createDryRun({
        registry,
        waiting: (device, limit) => pipeline.quarantine.list({ device, limit }),
        dashboards: parts.dashboardsFolder ? readDashboards(parts.dashboardsFolder) : [],
        judge,
        now,
      }),
      profiles: openProfileShelf(roots ?? [config.dataDir], parts.checkProfile),
      ledger: pipeline.ledger,
      latest: pipeline.latest,
      quarantine: pipeline.quarantine,
      discovery: createDiscovery({ pipeline, registry, access }),
      ...(parts.enrolment && { enrolment: parts.enrolment }),
      replay: async (id) => desk.replay(id) ?? pipeline.replay(id),
      alarms: told,
      ...(lead && { settled: lead.settled }),
      ...(!judges && { judgedElsewhere: true }),
      ways: outgoing,
      wards: wards.list,
      audit,
      handovers,
      sharing: desk,
      openData: openDataRoutes({
        contracts: sharing.contracts,
        ...{ registry, store, now, log, latest: pipeline.latest },
        folder: join(config.dataDir, "open"),
      }),
      store,
      ...(judges && { history: rollup }),
      destinations,
      quotas,
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
      accept: wards.accept,
      isFull: quotas.isFull,
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
