/**
 * Names of things of one unit, or of the same form of things that never were. Both have the same length in each
 * field, so that answers in which a name is given back are of the same length, too.
 */
export interface Named {
  readonly unit: string;
  readonly device: string;
  /** One that sends and that nobody has registered. */
  readonly stranger: string;
  readonly alarm: string;
  /** In quarantine. */
  readonly item: string;
  readonly dataset: string;
  readonly change: string;
  readonly destination: string;
  /** An alarm that was given to an agency. */
  readonly dispatch: string;
  /** What one shift left to the next. */
  readonly handover: string;
}

/** An agency of the ward. */
export const wardAgency = "82/29869/to-thuy-loi";

/** How a route is called, so that it is about the things that are named. */
export interface Example {
  /** What `:id` or `:name` stands for; a device in the path is filled in by itself. */
  readonly of?: keyof Named;
  /** What it stands for where that is nobody's. */
  readonly common?: string;
  readonly query?: (named: Named) => string;
  readonly body?: (named: Named) => unknown;
}

const comment = { comment: "x" };
const version = { version: 1 };
const several = { body: ({ alarm: id }: Named) => ({ ...comment, alarms: [{ id, version: 1 }] }) };
const one = { of: "alarm", body: () => ({ ...version, ...comment }) } as const;
const order = { agency: wardAgency, minutes: 60, instruction: "x" };
const answered = { of: "dispatch", body: () => ({ ...version, ...comment }) } as const;
const times = { from: 0, to: 1000 };
const month = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 7);
const ofDevice = ({ device }: Named) => `device=${device}`;
const devices = ({ device }: Named) => ({
  devices: [{ identity: device, profile: "generic-water", intervalMs: 9000 }],
});
const forDestination = (body?: object): Example => ({
  of: "destination",
  body: () => body ?? {},
});

/**
 * How each route is called, by method and pattern. A route that is not in here fails the test of scopes:
 * nobody has said yet by what it could give away that something exists.
 */
export const examples: Readonly<Record<string, Example>> = {
  "GET /api/v1/me": {},
  "GET /api/v1/quotas": {},
  "GET /api/v1/wards": {},
  "GET /api/v1/quantities": {},
  "GET /api/v1/rules": {},
  "GET /api/v1/ways": {},

  "GET /api/v1/alarms": { query: ({ unit }) => `unit=${unit}&since=0` },
  "GET /api/v1/alarms/kpis": { query: ({ unit }) => `unit=${unit}&from=0&to=1900000000000` },
  "GET /api/v1/alarms/stream": { query: () => "since=0" },
  "GET /api/v1/alarms/:id": { of: "alarm" },
  "POST /api/v1/alarms/acknowledge": several,
  "POST /api/v1/alarms/shelve": several,
  "POST /api/v1/alarms/unshelve": several,
  "POST /api/v1/alarms/return-to-service": several,
  "POST /api/v1/alarms/comment": several,
  "POST /api/v1/alarms/out-of-service": {
    body: ({ device }) => ({ ...comment, device, rule: "water.bd3" }),
  },
  "POST /api/v1/alarms/:id/acknowledge": one,
  "POST /api/v1/alarms/:id/shelve": one,
  "POST /api/v1/alarms/:id/unshelve": one,
  "POST /api/v1/alarms/:id/out-of-service": one,
  "POST /api/v1/alarms/:id/return-to-service": one,
  "POST /api/v1/alarms/:id/comment": one,

  "POST /api/v1/alarms/:id/dispatch": { of: "alarm", body: () => order },
  "GET /api/v1/dispatches": { query: ({ alarm }) => `alarm=${alarm}` },
  "GET /api/v1/dispatches/agencies": { query: ({ alarm }) => `alarm=${alarm}` },
  "GET /api/v1/dispatches/:id": { of: "dispatch" },
  "POST /api/v1/dispatches/:id/accept": answered,
  "POST /api/v1/dispatches/:id/handle": answered,
  "POST /api/v1/dispatches/:id/return": answered,
  "POST /api/v1/dispatches/:id/withdraw": answered,
  "POST /api/v1/dispatches/:id/comment": answered,
  "POST /api/v1/dispatches/:id/reassign": {
    of: "dispatch",
    body: () => ({ ...order, ...version, ...comment }),
  },

  "GET /api/v1/handovers": { query: ({ unit }) => `unit=${unit}` },
  "GET /api/v1/handovers/draft": { query: ({ unit }) => `unit=${unit}` },
  "GET /api/v1/handovers/:id": { of: "handover" },
  "POST /api/v1/handovers": { body: ({ handover: corrects }) => ({ text: "x", corrects }) },
  "POST /api/v1/handovers/:id/take-over": { of: "handover", body: () => ({ text: "x" }) },

  "GET /api/v1/audit": { query: ({ device, alarm }) => `device=${device}&alarm=${alarm}` },
  "GET /api/v1/audit/chain": {},

  "GET /api/v1/destinations": {},
  "POST /api/v1/destinations": {
    body: () => ({ name: "second", store: { kind: "sqlite", file: "x.db" } }),
  },
  "POST /api/v1/destinations/:name/backfill": forDestination({ ...times, perSecond: 1 }),
  "POST /api/v1/destinations/:name/verify": forDestination(times),
  "POST /api/v1/destinations/:name/cut-over": forDestination(),
  "DELETE /api/v1/destinations/:name": { of: "destination" },

  "GET /api/v1/profiles": {},
  "GET /api/v1/profiles/:name": { common: "generic-water" },
  "POST /api/v1/profiles/check": { body: () => ({ yaml: "name: x" }) },
  "POST /api/v1/profiles": { body: () => ({ yaml: "name: x", version: null }) },

  "GET /api/v1/devices": {},
  "GET /api/v1/devices/:province/:unit/:site/:device": {},
  "POST /api/v1/devices/preview": {
    body: ({ device }) => ({ device: { identity: device, profile: "generic-water" } }),
  },
  "GET /api/v1/telemetry": { query: (named) => `${ofDevice(named)}&quantity=water_level_m` },
  "GET /api/v1/ledger": { query: ofDevice },
  "GET /api/v1/quarantine": { query: ofDevice },
  "GET /api/v1/quarantine/:id": { of: "item" },
  "POST /api/v1/quarantine/:id/replay": { of: "item" },
  "POST /api/v1/quarantine/purge": { body: ({ item }) => ({ ids: [Number(item)] }) },
  "GET /api/v1/discovered": {},
  "POST /api/v1/discovered/ignore": { body: ({ stranger }) => ({ identity: stranger }) },
  "POST /api/v1/discovered/adopt": {
    body: ({ stranger }) => ({ identity: stranger, profile: "generic-water" }),
  },

  "GET /api/v1/datasets": {},
  "GET /api/v1/datasets/:id": { of: "dataset" },
  "GET /api/v1/datasets/:id/spoilers": { of: "dataset", query: () => `month=${month}&axis=live` },
  "GET /api/v1/datasets/:id/records": { of: "dataset" },
  "POST /api/v1/datasets/:id/records": { of: "dataset", body: () => [{ ngay: "2026-11-01" }] },
  "POST /api/v1/datasets/:id/confirmations": { of: "dataset", body: () => ({}) },
  "GET /api/v1/reports/sharing": { query: () => `month=${month}` },
  "GET /api/v1/reports/sharing/editions": { query: () => `month=${month}` },
  "POST /api/v1/reports/sharing/editions": { body: () => ({ month, note: "x" }) },

  "GET /api/v1/registry": { query: ({ unit }) => `unit=${unit}` },
  "GET /api/v1/registry/changes": { query: ({ device }) => `key=${device}` },
  "POST /api/v1/registry/changes/:id/undo": { of: "change", body: () => ({}) },
  "POST /api/v1/registry/preview": { body: devices },
  "POST /api/v1/registry": { body: devices },
  "POST /api/v1/registry/remove": {
    body: ({ stranger }) => ({ records: [{ kind: "device", key: stranger }] }),
  },
  "GET /api/v1/devices/:province/:unit/:site/:device/certificates": {},
  "POST /api/v1/devices/:province/:unit/:site/:device/revoke": { body: () => ({}) },
  "POST /api/v1/devices/:province/:unit/:site/:device/enrol-code": { body: () => ({}) },
  "POST /api/v1/devices/:province/:unit/:site/:device/password": { body: () => ({}) },
};

/** Parameters that name something, tried on every route that reads, beside its own. */
export const namingQueries: readonly ((named: Named) => string)[] = [
  ({ unit }) => `unit=${unit}`,
  ({ device }) => `device=${device}`,
  ({ device }) => `key=${device}`,
  ({ alarm }) => `alarm=${alarm}`,
  ({ alarm }) => `cause=${alarm}`,
  ({ dataset }) => `dataset=${dataset}`,
  () => `agency=${wardAgency}`,
];
