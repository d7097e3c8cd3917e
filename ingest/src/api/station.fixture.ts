import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AlarmRule, type Identity, type Role, topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { openAlarms } from "../alarms/engine.ts";
import { openAudit } from "../audit.ts";
import { loadCatalogue } from "../catalogue.ts";
import { readDashboards } from "../dashboards.ts";
import { openDestinations } from "../destinations/destinations.ts";
import { createDiscovery } from "../discovery.ts";
import { createDryRun } from "../dry-run.ts";
import { openHandovers } from "../handover/handovers.ts";
import { openDataRoutes } from "../opendata/opendata.ts";
import { openPipeline } from "../pipeline.ts";
import { openProfileShelf } from "../profile-shelf.ts";
import { createRegistryAudit } from "../registry/audit.ts";
import { openRegistry } from "../registry.ts";
import { contractsOf } from "../sharing/contract.fixture.ts";
import { SharingDesk } from "../sharing/desk.ts";
import { openSharing } from "../sharing/sharing.ts";
import { openSqlite } from "../stores/sqlite.ts";
import { createApi } from "./api.ts";
import { listen } from "./listen.ts";
import type { ApiParts } from "./parts.ts";

export const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
export const ups = "82/29869/ioc/ups-01";
/** Of another unit of the same province. */
export const neighbour = "82/30000/cau-my-thuan/muc-nuoc-01";

const shipped = fileURLToPath(new URL("../../../schemas/", import.meta.url));
const catalogue = loadCatalogue(shipped);
const dashboards = fileURLToPath(
  new URL("../../../grafana-plugin/provisioning/dashboards/ward", import.meta.url),
);

/** The pupils present at the schools of a ward, handed over each day. */
export const handedOver = "truong-hoc";
/** What a department of the province hands over: no unit's, and closed to the public. */
export const ofDepartment = "so-lieu-xd";
const contracts = `
version: 1
agencies:
  - agency: 82/so-xd
    label: { vi: "Sở Xây dựng", en: "Department of Construction" }
  - agency: 82/29869/to-van-hoa
    label: { vi: "Tổ văn hóa phường 29869", en: "Culture group of ward 29869" }
datasets:
  - id: ${handedOver}
    label: { vi: "Sĩ số các trường của phường 29869", en: "Pupils present in ward 29869" }
    agency: 82/29869/to-van-hoa
    kind: periodic
    period: 1d
    lateness: 12h
    from: 2026-01-01
    openness: { level: shared }
    records:
      time: ngay
      key: [ngay, truong]
      fields:
        - { name: ngay, type: date }
        - { name: truong, type: text }
        - { name: si_so, type: integer, min: 0, max: 5000 }
  - id: muc-nuoc
    label: { vi: "Mực nước phường 29869", en: "Water levels of ward 29869" }
    agency: 82/29869/to-van-hoa
    kind: periodic
    period: 1h
    lateness: 30m
    from: 2026-01-01
    openness: { level: open, licence: CC-BY-4.0 }
    devices: { match: ["82/29869/*/*"] }
  - id: ${ofDepartment}
    label: { vi: "Số liệu nội bộ của Sở Xây dựng", en: "What the department keeps" }
    agency: 82/so-xd
    kind: event
    lateness: 1d
    from: 2026-01-01
    openness: { level: closed, ground: { vi: "Điều 9 Luật Bảo vệ bí mật nhà nước", en: "Article 9" } }
    records:
      time: ngay
      key: [ngay]
      fields: [{ name: ngay, type: date }]
`;

/** A station with everything real, listening on a free port, with three devices of two units. */
export async function startStation(change: Partial<ApiParts> = {}) {
  const folder = temporaryFolder("kenh-api");
  const log = pino({ level: "silent" });
  const metrics = new Metrics();
  /** How far the clock of the tokens is ahead. */
  let later = 0;
  const access = openAccess(join(folder.path, "access.db"), () => Date.now() + later);
  const registry = openRegistry(join(folder.path, "registry.db"), catalogue);
  registry.put({
    identity: gauge,
    profile: "generic-water",
    label: { vi: "Mực nước", en: "Level" },
    intervalMs: 5000,
  });
  registry.put({ identity: ups, profile: "generic-power" });
  registry.put({ identity: neighbour, profile: "generic-water" });
  const store = openSqlite({ file: join(folder.path, "store.db") });
  const rule = catalogue.rules.get("water.bd3") as AlarmRule;
  /** How far the clock of the alarms is ahead: by what a reading is held before it is judged. */
  let ahead = 0;
  const alarms = openAlarms(join(folder.path, "alarms.db"), {
    registry,
    latenessMs: 0,
    rules: [{ ...rule, onDelayMs: 0, offDelayMs: 0 }],
    now: () => Date.now() + ahead,
    log,
    metrics,
  });
  const pipeline = openPipeline({ folder: folder.path, registry, store, follower: alarms, log });
  const { ledger, latest, quarantine, replay } = pipeline;
  const audit = openAudit(join(folder.path, "audit.db"), Date.now, (keptAt) => {
    throw new Error(`damaged: ${keptAt}`);
  });
  const handovers = openHandovers(
    join(folder.path, "handovers.db"),
    () => Date.now() + ahead,
    (keptAt) => {
      throw new Error(`damaged: ${keptAt}`);
    },
  );
  const destinations = await openDestinations({
    file: join(folder.path, "destinations.db"),
    configured: { name: "pilot", config: { kind: "sqlite", file: "" } },
    open: async () => store,
    ...{ registry, now: Date.now, log, metrics },
  });
  const promised = contractsOf(folder.path, contracts);
  const sharing = openSharing({
    file: join(folder.path, "sharing.db"),
    contracts: promised,
    ...{ registry, now: Date.now, log, metrics, after: 0 },
  });
  const desk = new SharingDesk({
    file: join(folder.path, "records.db"),
    ...{ sharing, ledger, quarantine, now: Date.now },
  });
  const app = createApi({
    access,
    registry,
    onRegistryChange: createRegistryAudit(registry.history, audit),
    dryRun: createDryRun({
      registry,
      waiting: (device, limit) => quarantine.list({ device, limit }),
      dashboards: readDashboards(dashboards),
      now: Date.now,
    }),
    profiles: openProfileShelf([shipped, folder.path]),
    ledger,
    latest,
    quarantine,
    discovery: createDiscovery({ pipeline, registry, access }),
    replay,
    alarms,
    ways: { standing: () => [], refused: () => [] },
    audit,
    handovers,
    sharing: desk,
    openData: openDataRoutes({
      ...{ contracts: promised, registry, store, now: Date.now, log, latest },
      folder: join(folder.path, "open"),
      limits: { requests: 1_000_000 },
    }),
    store,
    quotas: {
      over: () => ["82/29869"],
      uses: () => [
        { place: "82/29869", kind: "messages", limit: 5, used: null, over: true, excess: 3 },
        { place: gauge, kind: "readings", limit: 9, used: null, over: false, excess: 0 },
      ],
    },
    destinations,
    ready: pipeline.ready,
    metrics,
    now: Date.now,
    log,
    statusOf: () => null,
    ...change,
  });
  const http = await listen(app, "127.0.0.1", 0);

  return {
    app,
    folder: folder.path,
    access,
    alarms,
    audit,
    metrics,
    registry,
    store,
    url: http.url,
    token: (role: Role, scope: string, expiresAt: number | null = null) =>
      access.addToken(role, scope, { expiresAt }),
    /** Lets time pass for the tokens. */
    age(ms: number): void {
      later += ms;
    },
    /** Sends a telemetry payload of a device and waits until it is accepted and judged. */
    async send(device: Identity, payload: unknown): Promise<void> {
      await pipeline.accept({
        topic: topicOf(device, "telemetry"),
        payload: Buffer.from(JSON.stringify(payload)),
      });
      ahead += 30;
      alarms.tick();
    },
    call(token: string | undefined, path: string, init: RequestInit = {}): Promise<Response> {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return fetch(http.url + path, { ...init, headers: { ...authorization, ...init.headers } });
    },
    stopListening: http.close,
    async stop() {
      await http.close();
      await pipeline.close();
      alarms.close();
      audit.close();
      handovers.close();
      await destinations.close();
      registry.close();
      access.close();
      folder[Symbol.dispose]();
    },
  };
}
export type Station = Awaited<ReturnType<typeof startStation>>;
