import type { Profile, Site } from "@kenh/schemas";
import type { Latest } from "../latest.ts";
import type { RegisteredDevice } from "../registry.ts";
import type { Contract } from "../sharing/contracts.ts";
import { selects } from "../sharing/roster.ts";
import type { OpenDevice, Opening } from "./open.ts";

/** What is known, of which contracts open a part. */
export interface Known {
  readonly contracts: Iterable<Contract>;
  readonly devices: readonly RegisteredDevice[];
  readonly profiles: ReadonlyMap<string, Pick<Profile, "name" | "label">>;
  /** By `province/unit/site`. */
  readonly siteOf: (key: string) => Pick<Site, "label" | "position"> | undefined;
  readonly latest: Pick<Latest, "of">;
}

/** Where a thing is that is carried about says where somebody is. */
const positions = new Set(["latitude_deg", "longitude_deg", "altitude_m"]);

/**
 * What the public may read: the quantities that contracts of level `open` name, of the devices that they
 * name, as far as there is a reading of them. Never opened, whatever a contract says, is what can tell of
 * a person: cameras, texts, and positions that move (Nghị định 13/2023/NĐ-CP).
 */
export function openDevices({ contracts, devices, profiles, siteOf, latest }: Known): OpenDevice[] {
  const open = [...contracts].flatMap((contract) => {
    const { openness, devices: source } = contract;
    if (openness.level !== "open" || !source) return [];
    const opening: Opening = {
      dataset: contract.id,
      title: contract.label,
      agency: contract.owner.label,
      licence: openness.licence,
    };
    const named = source.quantities && new Set(source.quantities);
    return [{ opening, named, since: contract.force.start, includes: selects(contract) }];
  });
  return devices.flatMap((device): OpenDevice[] => {
    if (device.series.measurement === "camera") return [];
    const of = open.filter(({ includes }) => includes(device));
    const seen = latest.of(device.identity)?.values;
    if (of.length === 0 || !seen) return [];
    const quantities = [...device.quantities.values()].flatMap((quantity) => {
      const { name, type } = quantity;
      if (!seen.has(name) || type === "string" || positions.has(name)) return [];
      const by = of.find(({ named }) => named?.has(name) ?? true);
      return by ? [{ quantity, opening: by.opening }] : [];
    });
    if (quantities.length === 0) return [];
    const key = device.identity.slice(0, device.identity.lastIndexOf("/"));
    const site = siteOf(key);
    const profile = profiles.get(device.profile);
    return [
      {
        identity: device.identity,
        label: device.label,
        profile: profile ?? {
          name: device.profile,
          label: { vi: device.profile, en: device.profile },
        },
        site: { key, label: site?.label },
        position: device.position,
        apart: JSON.stringify(device.position) !== JSON.stringify(site?.position),
        series: device.series,
        quantities,
        since: Math.min(...of.map(({ since }) => since)),
      },
    ];
  });
}
