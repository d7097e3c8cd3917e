/** What the files of one place may import. The table of ARCHITECTURE.md, in a form that is tested. */
export interface Rule {
  readonly place: string;
  readonly files: RegExp;
  /** Specifiers of packages and of Node; undefined allows all that `package.json` declares. */
  readonly packages?: RegExp;
  /** Files of ours, from the root. */
  readonly own: RegExp;
  /** Files of which only types may be taken. */
  readonly types?: RegExp;
}

/** Product code. Tests may also import `test/support/` and, in `test/`, everything. */
export const rules: readonly Rule[] = [
  {
    place: "schemas: browser-safe, zod alone",
    files: /^schemas\/src\/(?!node\/)/,
    packages: /^zod$/,
    own: /^schemas\/src\/(?!node\/)/,
  },
  {
    place: "schemas/node: what the services share beside it",
    files: /^schemas\/src\/node\//,
    packages: /^(node:.*|zod)$/,
    own: /^schemas\/src\//,
  },
  {
    place: "broker: itself and schemas",
    files: /^broker\/src\//,
    packages: /^(?!@kenh\/(?!schemas))/,
    own: /^broker\/src\//,
  },
  {
    place: "ingest: itself and schemas",
    files: /^ingest\/src\//,
    packages: /^(?!@kenh\/(?!schemas))/,
    own: /^ingest\/src\//,
  },
  {
    place: "edge agent: itself and schemas",
    files: /^edge-agent\/src\//,
    packages: /^(?!@kenh\/(?!schemas))/,
    own: /^edge-agent\/src\//,
  },
  {
    place: "plugin and console: themselves and the browser-safe part of schemas",
    files: /^grafana-plugin\/(src|console\/src)\//,
    packages: /^(?!node:|@kenh\/(?!schemas(\/draft(\/\w+)?)?$))/,
    own: /^grafana-plugin\//,
  },
  {
    place: "a store: its own folder and schemas, never the pipeline",
    files: /^ingest\/src\/stores\//,
    packages: /^(?!pino|prom-client|hono|mqtt|@kenh\/(?!schemas))/,
    own: /^ingest\/src\/stores\//,
    types: /^ingest\/src\/config\.ts$/,
  },
  {
    place: "alarms: themselves and the shapes of the stream, never the pipeline",
    files: /^ingest\/src\/alarms\//,
    own: /^ingest\/src\/(alarms\/|stores\/store\.ts$|(catalogue|check|data-file|file-cache|follow-files|layers|nearest|view)\.ts$)/,
    types: /^ingest\/src\/registry\.ts$/,
  },
  {
    place: "the HTTP interface asks the parts that it is given and opens none",
    files: /^ingest\/src\/api\//,
    own: /^ingest\/src\/(api\/|adoption-refused\.ts|alarms\/operate\.ts|alarms\/announce\/words\.ts|handover\/facts\.ts|destinations\/config\.ts|registry\/(batch|change|scope)\.ts|rollup\/(read|shape|windows)\.ts|stores\/store\.ts|view\.ts)/,
    types: /^ingest\/src\//,
  },
  {
    place: "the commands and the station: the faces of all parts",
    files: /^(kenh\.ts|commands\/|station\/)/,
    own: /^((commands|station)\/|package\.json$)/,
  },
  {
    place: "the agent as a program of its own: its command and nothing of the station",
    files: /^(kenh-agent\.ts|commands\/(agent[\w-]*|program|process|output)\.ts)$/,
    packages: /^(?!@kenh\/(?!edge-agent|schemas))/,
    own: /^(commands\/(agent[\w-]*|program|process|output)\.ts|package\.json)$/,
  },
  {
    place: "packaging: reads the product's files and imports none of them",
    files: /^packaging\//,
    packages: /^(node:|(rolldown|fflate)$)/,
    own: /^packaging\//,
  },
];

/** A driver: the contract, its own folder, what lies beside the folders for all of them, schemas; never a sibling, the outbox or the wire. */
export function driverRule(kind: string): Rule {
  return {
    place: `driver ${kind}`,
    files: new RegExp(`^edge-agent/src/drivers/${kind}/`),
    packages: /^(?!mqtt$|pino|@kenh\/schemas\/node|@kenh\/(?!schemas))/,
    own: new RegExp(
      `^edge-agent/src/(drivers/${kind}/|drivers/[\\w-]+\\.ts$|driver\\.ts$|decoder/[\\w-]+\\.ts$)`,
    ),
  };
}

/** Decide, count or encode, and touch nothing outside the process: with all that they run. */
export const pure: readonly string[] = [
  "broker/src/bucket.ts",
  "broker/src/inspect.ts",
  "broker/src/order.ts",
  "broker/src/permit.ts",
  "edge-agent/src/backoff.ts",
  "edge-agent/src/checks/check.ts",
  "edge-agent/src/checks/report.ts",
  "edge-agent/src/clock-trust.ts",
  "edge-agent/src/driver.ts",
  "edge-agent/src/pipe.ts",
  "edge-agent/src/power.ts",
  "edge-agent/src/drivers/extract.ts",
  "edge-agent/src/record.ts",
  "edge-agent/src/suspects.ts",
  "ingest/src/alarms/announce/cap-history.ts",
  "ingest/src/alarms/announce/lanes.ts",
  "ingest/src/alarms/announce/mail-text.ts",
  "ingest/src/alarms/announce/sign.ts",
  "ingest/src/alarms/announce/unanswered.ts",
  "ingest/src/alarms/announce/wants.ts",
  "ingest/src/alarms/assess.ts",
  "ingest/src/alarms/dispatch/steps.ts",
  "ingest/src/alarms/evaluate.ts",
  "ingest/src/alarms/operate.ts",
  "ingest/src/alarms/watches.ts",
  "ingest/src/batch.ts",
  "ingest/src/check.ts",
  "ingest/src/classify.ts",
  "ingest/src/decode.ts",
  "ingest/src/derive/compute.ts",
  "ingest/src/derive/spans.ts",
  "ingest/src/derive/vn-aqi.ts",
  "ingest/src/handover/facts.ts",
  "ingest/src/latest.ts",
  "ingest/src/ledger.ts",
  "ingest/src/presence.ts",
  "ingest/src/ranges.ts",
  "ingest/src/registry/columns.ts",
  "ingest/src/registry/csv.ts",
  "ingest/src/registry/plan.ts",
  "ingest/src/registry/scope.ts",
  "ingest/src/sharing/assess.ts",
  "ingest/src/sharing/axes.ts",
  "ingest/src/sharing/records/csv.ts",
  "ingest/src/sharing/records/judge-record.ts",
  "ingest/src/sharing/render/document.ts",
  "ingest/src/sharing/render/html.ts",
  "ingest/src/sharing/report.ts",
  "ingest/src/stores/influxql.ts",
  "ingest/src/rollup/figures.ts",
  "ingest/src/rollup/parts.ts",
  "ingest/src/rollup/windows.ts",
  "ingest/src/stores/line-protocol.ts",
  "ingest/src/stores/store.ts",
  "schemas/src/draft/draft.ts",
];

/** Of Node and of packages, what computes and reaches nothing. */
export const computes = /^(node:buffer|node:crypto|node:zlib|zod|@kenh\/schemas)$/;
/** And what such a file may not ask, for its answer would differ from run to run. */
export const clockOrChance =
  /\b(Date\.now\(|performance\.now\(|new Date\(\)|Math\.random|randomBytes|randomInt|randomUUID)/;

/** Longer than 300 lines, each with the one idea that keeps it together. */
export const longFiles: Readonly<Record<string, string>> = {
  "edge-agent/src/outbox-store.ts":
    "the tables of the outbox and every statement that touches them, damage included",
  "edge-agent/src/outbox.ts":
    "the rules of the outbox: what waits, what is due, what goes first when it is full",
  "ingest/src/check.ts": "every refusal of a payload on one page, in the order of judging",
};
