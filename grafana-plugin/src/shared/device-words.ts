import type { Text } from "@kenh/schemas";
import type { DeviceWords } from "./alarm-frame.ts";

/** What the panel needs of `GET /api/v1/devices`. */
export interface ListedDevice {
  readonly identity: string;
  readonly label?: Text | null;
  readonly siteLabel?: Text | null;
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
