import { createDataFrame, type DataFrame, FieldType } from "@grafana/data";
import type { Alarm, Text } from "@kenh/schemas";

/** An alarm with what a screen needs to name it: people know devices by label, not by identity. */
export interface ShownAlarm extends Omit<Alarm, "history" | "acknowledgedAt" | "clearedAt"> {
  readonly deviceLabel: Text | null;
  readonly siteLabel: Text | null;
  /** UCUM symbol of the quantity; empty where it is not known. */
  readonly unit: string;
}

/** How fresh a frame is; in `meta.custom`. */
export interface Freshness {
  /** When the station was last heard, milliseconds UTC by this computer's clock; null before. */
  readonly heardAt: number | null;
}

/** The registry's words for a device, by identity, and the units of its quantities. */
export interface DeviceWords {
  readonly label: Text | null;
  readonly siteLabel: Text | null;
  readonly units: Readonly<Record<string, string>>;
}

const columns: Record<string, { type: FieldType; of(alarm: ShownAlarm): unknown }> = {
  id: { type: FieldType.string, of: (alarm) => alarm.id },
  device: { type: FieldType.string, of: (alarm) => alarm.device },
  deviceVi: { type: FieldType.string, of: (alarm) => alarm.deviceLabel?.vi ?? null },
  deviceEn: { type: FieldType.string, of: (alarm) => alarm.deviceLabel?.en ?? null },
  siteVi: { type: FieldType.string, of: (alarm) => alarm.siteLabel?.vi ?? null },
  siteEn: { type: FieldType.string, of: (alarm) => alarm.siteLabel?.en ?? null },
  rule: { type: FieldType.string, of: (alarm) => alarm.rule },
  priority: { type: FieldType.number, of: (alarm) => alarm.priority },
  state: { type: FieldType.string, of: (alarm) => alarm.state },
  active: { type: FieldType.boolean, of: (alarm) => alarm.active },
  raisedAt: { type: FieldType.time, of: (alarm) => alarm.raisedAt },
  shelvedUntil: { type: FieldType.time, of: (alarm) => alarm.shelvedUntil },
  value: { type: FieldType.number, of: (alarm) => alarm.value },
  limit: { type: FieldType.number, of: (alarm) => alarm.limit },
  quantity: { type: FieldType.string, of: (alarm) => alarm.quantity },
  unit: { type: FieldType.string, of: (alarm) => alarm.unit },
  messageVi: { type: FieldType.string, of: (alarm) => alarm.message.vi },
  messageEn: { type: FieldType.string, of: (alarm) => alarm.message.en },
  causeVi: { type: FieldType.string, of: (alarm) => alarm.cause.vi },
  causeEn: { type: FieldType.string, of: (alarm) => alarm.cause.en },
  actionVi: { type: FieldType.string, of: (alarm) => alarm.action.vi },
  actionEn: { type: FieldType.string, of: (alarm) => alarm.action.en },
  version: { type: FieldType.number, of: (alarm) => alarm.version },
};

/** Alarms as the API gives them, with the words of their devices. */
export function nameAlarms(
  alarms: readonly Alarm[],
  devices: ReadonlyMap<string, DeviceWords>,
): ShownAlarm[] {
  return alarms.map((alarm) => {
    const words = devices.get(alarm.device);
    return {
      ...alarm,
      deviceLabel: words?.label ?? null,
      siteLabel: words?.siteLabel ?? null,
      unit: words?.units[alarm.quantity] ?? "",
    };
  });
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
  readonly heardAt: number | null;
}

/** Reads alarms back from frames, whoever made them; a missing column gives null or an empty text. */
export function framesToAlarms(frames: readonly DataFrame[]): FrameReading {
  const alarms: ShownAlarm[] = [];
  let unreadable = 0;
  let heardAt: number | null = null;
  for (const frame of frames) {
    const fields = new Map(frame.fields.map((field) => [field.name, field.values]));
    const heard = frame.meta?.custom?.["heardAt"];
    if (typeof heard === "number") heardAt = Math.max(heardAt ?? 0, heard);
    for (let row = 0; row < frame.length; row++) {
      const alarm = readRow((name) => fields.get(name)?.[row]);
      if (alarm) alarms.push(alarm);
      else unreadable++;
    }
  }
  return { alarms, unreadable, heardAt };
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
    shelvedUntil: number("shelvedUntil"),
    value: number("value"),
    limit: number("limit"),
    quantity: string("quantity"),
    unit: string("unit"),
    message: text("message"),
    cause: text("cause"),
    action: text("action"),
    version: number("version") ?? 0,
  };
}

function isPriority(value: number | null): value is Alarm["priority"] {
  return value === 1 || value === 2 || value === 3 || value === 4;
}
