import { createDataFrame, type DataFrame, FieldType } from "@grafana/data";
import type { Alarm, AlarmDispatch, Text } from "@kenh/schemas";
import type { Flood } from "./alarm-source.ts";
import { readDispatch } from "./read-dispatch.ts";

type Taken =
  | "id"
  | "device"
  | "rule"
  | "priority"
  | "state"
  | "active"
  | "raisedAt"
  | "clearedAt"
  | "acknowledgedAt"
  | "shelvedUntil"
  | "value"
  | "limit"
  | "quantity"
  | "message"
  | "cause"
  | "action"
  | "version";

/** An alarm with what a screen needs to name it: people know devices by label, not by identity. */
export interface ShownAlarm extends Pick<Alarm, Taken> {
  readonly consequence: Text;
  /** Who is to act. */
  readonly owner: Text;
  /** Id of the alarm that explains this one. */
  readonly suppressedBy: string | null;
  /** Who deals with it; null where nobody was asked to, or it was taken back. */
  readonly dispatch: AlarmDispatch | null;
  /** It comes and goes faster than anybody can react. */
  readonly chattering: boolean;
  /** It has stood for so long that nobody sees it any more. */
  readonly stale: boolean;
  /** The unit whose own station keeps the alarm and alone may act on it; null where it is this one. */
  readonly ward: string | null;
  /** The news of its raise came much later than it happened. */
  readonly cameLate: boolean;
  /** Who brought it into its state, and why; empty where nobody did. */
  readonly by: string;
  readonly reason: string;
  readonly deviceLabel: Text | null;
  readonly siteLabel: Text | null;
  /** UCUM symbol of the quantity; empty where it is not known. */
  readonly unit: string;
}

/** How fresh a frame is; in `meta.custom`. Times in milliseconds UTC. */
export interface Freshness {
  /** When the station was last heard, by this computer's clock; null before. */
  readonly heardAt: number | null;
  /** Whether the source hears the station now; absent where a source can't tell. */
  readonly connected?: boolean;
  /** The status with which the station refused to answer. */
  readonly refused?: number | null;
  /** How far the station's clock is ahead of this computer's. */
  readonly skewMs?: number;
  readonly floods?: readonly Flood[] | null;
  /** When something last came that could not be read, by this computer's clock. */
  readonly garbledAt?: number | null;
  /** Alarms that the source could not read. */
  readonly unreadable?: number;
  /** The newest reading of any device, by the station's clock; null where there is none. */
  readonly newestReadingAt?: number | null;
  readonly devices?: { readonly total: number; readonly silent: number };
}

/** The registry's words for a device, by identity, and the units of its quantities. */
export interface DeviceWords {
  readonly label: Text | null;
  readonly siteLabel: Text | null;
  readonly units: Readonly<Record<string, string>>;
}

const { string, number, boolean, time } = FieldType;
const columns: Record<string, { type: FieldType; of(alarm: ShownAlarm): unknown }> = {
  id: { type: string, of: (alarm) => alarm.id },
  device: { type: string, of: (alarm) => alarm.device },
  deviceVi: { type: string, of: (alarm) => alarm.deviceLabel?.vi ?? null },
  deviceEn: { type: string, of: (alarm) => alarm.deviceLabel?.en ?? null },
  siteVi: { type: string, of: (alarm) => alarm.siteLabel?.vi ?? null },
  siteEn: { type: string, of: (alarm) => alarm.siteLabel?.en ?? null },
  rule: { type: string, of: (alarm) => alarm.rule },
  priority: { type: number, of: (alarm) => alarm.priority },
  state: { type: string, of: (alarm) => alarm.state },
  active: { type: boolean, of: (alarm) => alarm.active },
  raisedAt: { type: time, of: (alarm) => alarm.raisedAt },
  clearedAt: { type: time, of: (alarm) => alarm.clearedAt },
  acknowledgedAt: { type: time, of: (alarm) => alarm.acknowledgedAt },
  shelvedUntil: { type: time, of: (alarm) => alarm.shelvedUntil },
  value: { type: number, of: (alarm) => alarm.value },
  limit: { type: number, of: (alarm) => alarm.limit },
  quantity: { type: string, of: (alarm) => alarm.quantity },
  unit: { type: string, of: (alarm) => alarm.unit },
  messageVi: { type: string, of: (alarm) => alarm.message.vi },
  messageEn: { type: string, of: (alarm) => alarm.message.en },
  causeVi: { type: string, of: (alarm) => alarm.cause.vi },
  causeEn: { type: string, of: (alarm) => alarm.cause.en },
  consequenceVi: { type: string, of: (alarm) => alarm.consequence.vi },
  consequenceEn: { type: string, of: (alarm) => alarm.consequence.en },
  actionVi: { type: string, of: (alarm) => alarm.action.vi },
  actionEn: { type: string, of: (alarm) => alarm.action.en },
  ownerVi: { type: string, of: (alarm) => alarm.owner.vi },
  ownerEn: { type: string, of: (alarm) => alarm.owner.en },
  suppressedBy: { type: string, of: (alarm) => alarm.suppressedBy },
  dispatch: {
    type: string,
    of: ({ dispatch }) => (dispatch ? JSON.stringify(dispatch) : null),
  },
  chattering: { type: boolean, of: (alarm) => alarm.chattering },
  stale: { type: boolean, of: (alarm) => alarm.stale },
  ward: { type: string, of: (alarm) => alarm.ward },
  cameLate: { type: boolean, of: (alarm) => alarm.cameLate },
  by: { type: string, of: (alarm) => alarm.by },
  reason: { type: string, of: (alarm) => alarm.reason },
  version: { type: number, of: (alarm) => alarm.version },
};

const noText: Text = { vi: "", en: "" };

/** An alarm as the API gives it, with the words of its device. */
export function nameAlarm(alarm: Alarm, devices: ReadonlyMap<string, DeviceWords>): ShownAlarm {
  const words = devices.get(alarm.device);
  const {
    owner = noText,
    consequence = noText,
    suppressedBy = null,
    marks = [],
    dispatch = null,
  } = alarm;
  const { history, level: _level, kind: _kind, marks: _marks, ...taken } = alarm;
  // What an agency says is told with its dispatch: it put nothing aside.
  const note = history.findLast(
    ({ actor, event }) => actor !== null && !event.startsWith("dispatch"),
  );
  return {
    ...taken,
    consequence,
    owner,
    suppressedBy,
    dispatch,
    chattering: marks.includes("chattering"),
    stale: marks.includes("stale"),
    ward: alarm.ward ?? null,
    cameLate: history.findLast(({ event }) => event === "raise")?.late === true,
    by: note?.actor ?? "",
    reason: note?.comment ?? "",
    deviceLabel: words?.label ?? null,
    siteLabel: words?.siteLabel ?? null,
    unit: words?.units[alarm.quantity] ?? "",
  };
}

/** One row an alarm, one field a column: any Grafana panel can show it, ours reads it back whole. */
export function alarmsToFrame(alarms: readonly ShownAlarm[], freshness: Freshness): DataFrame {
  return createDataFrame({
    name: "alarms",
    refId: "A",
    meta: { custom: { ...freshness } },
    fields: Object.entries(columns).map(([name, { type, of }]) => ({
      name,
      type,
      config: {},
      values: alarms.map(of),
    })),
  });
}

/** What could be read of the frames. */
export interface FrameReading {
  readonly alarms: ShownAlarm[];
  /** Rows without id, device or a known priority: shown as a count, never silently dropped. */
  readonly unreadable: number;
  readonly freshness: Freshness;
}

/**
 * Reads alarms back from frames, whoever made them; a missing column gives null or an empty text.
 * @param before an earlier reading: what has not changed since is the same object again
 */
export function framesToAlarms(
  frames: readonly DataFrame[],
  before: readonly ShownAlarm[] = [],
): FrameReading {
  const known = new Map(before.map((alarm) => [alarm.id, alarm]));
  const alarms: ShownAlarm[] = [];
  let unreadable = 0;
  let freshness: Freshness = { heardAt: null };
  for (const frame of frames) {
    const fields = new Map(frame.fields.map((field) => [field.name, field.values]));
    const custom = frame.meta?.custom as Freshness | undefined;
    if (typeof custom?.heardAt === "number" || custom?.connected === false) {
      freshness = { ...freshness, ...custom };
    }
    for (let row = 0; row < frame.length; row++) {
      const cell = (name: string) => fields.get(name)?.[row];
      const earlier = known.get(cell("id") as string);
      const same =
        earlier &&
        earlier.version === cell("version") &&
        earlier.unit === (cell("unit") ?? "") &&
        earlier.stale === (cell("stale") === true) &&
        earlier.chattering === (cell("chattering") === true) &&
        earlier.deviceLabel?.vi === (cell("deviceVi") ?? undefined);
      const alarm = same ? earlier : readRow(cell);
      if (alarm) alarms.push(alarm);
      else unreadable++;
    }
  }
  return { alarms, unreadable: unreadable + (freshness.unreadable ?? 0), freshness };
}

const states = new Set<unknown>([
  "normal",
  "unacknowledged",
  "acknowledged",
  "returned",
  "shelved",
  "suppressed",
  "out-of-service",
] satisfies Alarm["state"][]);

function readRow(cell: (name: string) => unknown): ShownAlarm | undefined {
  const string = (name: string) => (typeof cell(name) === "string" ? (cell(name) as string) : "");
  const number = (name: string) => {
    const value = cell(name);
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  };
  const text = (name: string): Text => ({ vi: string(`${name}Vi`), en: string(`${name}En`) });
  const label = (name: string) => (string(`${name}Vi`) ? text(name) : null);
  const priority = number("priority");
  const state = cell("state");
  if (!string("id") || !string("device") || !isPriority(priority) || !states.has(state)) return;
  return {
    id: string("id"),
    device: string("device"),
    deviceLabel: label("device"),
    siteLabel: label("site"),
    rule: string("rule"),
    priority,
    state: state as Alarm["state"],
    active: cell("active") === true,
    raisedAt: number("raisedAt"),
    clearedAt: number("clearedAt"),
    acknowledgedAt: number("acknowledgedAt"),
    shelvedUntil: number("shelvedUntil"),
    value: number("value"),
    limit: number("limit"),
    quantity: string("quantity"),
    unit: string("unit"),
    message: text("message"),
    cause: text("cause"),
    consequence: text("consequence"),
    action: text("action"),
    owner: text("owner"),
    suppressedBy: string("suppressedBy") || null,
    dispatch: readDispatch(string("dispatch")),
    chattering: cell("chattering") === true,
    stale: cell("stale") === true,
    ward: string("ward") || null,
    cameLate: cell("cameLate") === true,
    by: string("by"),
    reason: string("reason"),
    version: number("version") ?? 0,
  };
}

function isPriority(value: number | null): value is Alarm["priority"] {
  return value === 1 || value === 2 || value === 3 || value === 4;
}
