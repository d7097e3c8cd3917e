import type { Text, VnAqiStanding } from "@kenh/schemas";
import type { LatestOfDevice } from "../latest.ts";
import type { RegisteredDevice } from "../registry.ts";
import type { ApiParts } from "./parts.ts";

/** How current what is known of a device is. */
export type Freshness = "live" | "stale" | "silent" | "never";

/** Shorter than that and every brief loss of a mobile network would show. */
const staleAtLeastMs = 2 * 60_000;

/**
 * By the time of measurement of its newest value, so that a backlog or a replay of the past does not
 * look like the present: `live` up to max(3 × interval, 2 min), `stale` up to ten times that,
 * `silent` beyond; `never` when nothing has come.
 * @param intervalMs expected time between two samples; undefined counts as 0
 */
export function freshnessOf(
  newestTs: number | undefined,
  intervalMs: number | undefined,
  now: number,
): Freshness {
  if (newestTs === undefined) return "never";
  const staleMs = Math.max(3 * (intervalMs ?? 0), staleAtLeastMs);
  const age = now - newestTs;
  return age <= staleMs ? "live" : age <= 10 * staleMs ? "stale" : "silent";
}

/** A device as the API gives it. */
export interface DeviceView {
  readonly identity: string;
  readonly profile: string;
  readonly label: Text | null;
  readonly siteLabel: Text | null;
  readonly position: RegisteredDevice["position"] | null;
  readonly intervalMs: number | null;
  /** Standing of its air-quality index; null for a device that has none. */
  readonly vnAqi: VnAqiStanding | null;
  readonly status: { readonly state: string; readonly since: number } | null;
  readonly freshness: Freshness;
  /** When its last message came, milliseconds since 1970 UTC. */
  readonly lastSeenAt: number | null;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What is registered of a device, what it said last, and how current that is. */
export function viewDevice(
  device: RegisteredDevice,
  { latest, statusOf, now }: Pick<ApiParts, "latest" | "statusOf" | "now">,
): DeviceView {
  const { identity, profile, label, siteLabel, position, intervalMs } = device;
  const last = latest.of(identity);
  return {
    identity,
    profile,
    label: label ?? null,
    siteLabel: siteLabel ?? null,
    position: position ?? null,
    intervalMs: intervalMs ?? null,
    vnAqi: device.quantities.has("vn_aqi_hour") ? (device.vnAqi ?? "indicative") : null,
    status: statusOf?.(identity) ?? null,
    freshness: freshnessOf(newest(last), intervalMs, now()),
    lastSeenAt: last?.lastSeenAt ?? null,
    values: valuesOf(device, last),
  };
}

function newest(last: LatestOfDevice | undefined): number | undefined {
  let ts: number | undefined;
  for (const value of last?.values.values() ?? []) {
    if (ts === undefined || value.ts > ts) ts = value.ts;
  }
  return ts;
}

function valuesOf(device: RegisteredDevice, last: LatestOfDevice | undefined) {
  return Object.fromEntries(
    [...(last?.values ?? [])].map(([name, { ts, value, flag }]) => {
      const quantity = device.quantities.get(name);
      return [
        name,
        { ts, value, flag, unit: quantity?.unit ?? "", label: quantity?.label ?? null },
      ];
    }),
  );
}
