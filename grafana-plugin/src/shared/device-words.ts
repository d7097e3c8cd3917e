import type { Text } from "@kenh/schemas";
import type { DeviceWords } from "./alarm-frame.ts";

/** What the panel needs of `GET /api/v1/devices`. */
export interface ListedDevice {
  readonly identity: string;
  readonly label?: Text | null;
  readonly siteLabel?: Text | null;
  readonly freshness?: string;
  readonly lastSeenAt?: number | null;
  readonly values?: Readonly<Record<string, { readonly unit: string }>>;
}

/** The registry's words by identity. */
export function deviceWords(devices: readonly ListedDevice[]): Map<string, DeviceWords> {
  return new Map(
    devices.map(({ identity, label, siteLabel, values }) => [
      identity,
      {
        label: label ?? null,
        siteLabel: siteLabel ?? null,
        units: Object.fromEntries(
          Object.entries(values ?? {}).map(([quantity, { unit }]) => [quantity, unit]),
        ),
      },
    ]),
  );
}

/** How well the devices are heard; those that never said anything are not yet missed. */
export function deviceHealth(devices: readonly ListedDevice[]) {
  const heard = devices.flatMap(({ lastSeenAt }) => (lastSeenAt ? [lastSeenAt] : []));
  return {
    newestReadingAt: heard.length > 0 ? Math.max(...heard) : null,
    devices: {
      total: devices.length,
      silent: devices.filter(({ freshness }) => freshness === "silent").length,
    },
  };
}
