import type { Flag, Text } from "@kenh/schemas";

/** How long ago a device was heard, against its interval. */
export type Freshness = "live" | "stale" | "silent" | "never";

/** The last value of one quantity. */
export interface LastValue {
  readonly ts: number;
  readonly value: number | boolean | string | null;
  readonly flag: Flag;
  /** UCUM symbol, or empty. */
  readonly unit: string;
  /** What the quantity is called; null where the station has no word for it. */
  readonly label: Text | null;
}

/** A device as `GET /api/v1/devices` lists it. */
export interface ListedDevice {
  readonly identity: string;
  readonly profile: string;
  readonly label: Text | null;
  readonly siteLabel: Text | null;
  readonly freshness: Freshness;
  /** What it last said of its connection. */
  readonly status: { readonly state: "online" | "offline" } | null;
  readonly lastSeenAt: number | null;
  /** Expected time between two samples; null where it is not known. */
  readonly intervalMs: number | null;
  readonly values: Readonly<Record<string, LastValue>>;
}

/** A gateway measures nothing of its own: its connection tells how fresh it is. */
export function freshnessOf({ freshness, status }: ListedDevice): Freshness {
  if (freshness !== "never" || !status) return freshness;
  return status.state === "online" ? "live" : "silent";
}

/** The answer of `GET /api/v1/telemetry`. */
export interface Series {
  readonly quantity: string;
  readonly unit: string;
  readonly points: readonly (readonly [ts: number, value: number | null, flag: Flag])[];
}

/** What people look at first, most telling first; a device shows the first of these that it has. */
const telling = [
  "water_level_m",
  "pm25_ugm3",
  "air_temperature_c",
  "battery_charge_pct",
  "salinity_ppt",
  "rain_mm",
  "load_pct",
  "fps",
  "internal_temperature_c",
];
const rank = (quantity: string) =>
  telling.includes(quantity) ? telling.indexOf(quantity) : telling.length;

/** The quantities of a device, the most telling first, the rest in the station's order. */
export function orderQuantities(device: Pick<ListedDevice, "values">): string[] {
  return Object.keys(device.values).sort((a, b) => rank(a) - rank(b));
}

/** The quantity whose trend is drawn: the most telling with a number. */
export function mainQuantity(device: Pick<ListedDevice, "values">): string | undefined {
  return orderQuantities(device).find((name) => typeof device.values[name]?.value === "number");
}

/** Devices by site, in the order of their identities; the key is province/unit/site. */
export function bySite(devices: readonly ListedDevice[]): [site: string, ListedDevice[]][] {
  const sites = new Map<string, ListedDevice[]>();
  for (const device of devices.toSorted((a, b) => (a.identity < b.identity ? -1 : 1))) {
    const site = device.identity.split("/").slice(0, 3).join("/");
    sites.set(site, [...(sites.get(site) ?? []), device]);
  }
  return [...sites];
}
