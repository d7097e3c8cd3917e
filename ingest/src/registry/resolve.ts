import {
  type Device,
  type Identity,
  type Profile,
  parseIdentity,
  type Quantity,
  type Site,
} from "@kenh/schemas";
import type { Catalogue } from "../catalogue.ts";
import type { RegisteredDevice } from "../registry.ts";
import type { Series } from "../stores/store.ts";

type Known = Pick<Catalogue, "profiles" | "classes" | "quantities">;

/** Every quantity that a device of the profile may send. */
export function quantitiesOf(
  profile: Profile,
  catalogue: Pick<Known, "classes" | "quantities">,
): ReadonlyMap<string, Quantity> {
  const quantities = new Map<string, Quantity>();
  const add = (quantity: Quantity): void => {
    const range = profile.ranges[quantity.name];
    quantities.set(quantity.name, range ? { ...quantity, ...range } : quantity);
  };
  for (const name of profile.classes) {
    for (const quantity of catalogue.classes.get(name) ?? []) add(quantity);
  }
  for (const name of profile.quantities) {
    const quantity = catalogue.quantities.get(name);
    if (quantity) add(quantity);
  }
  return quantities;
}

/** Makes registered devices of what is registered, by one state of the catalogue. */
export function createResolver(catalogue: Known) {
  const byProfile = new Map<string, ReadonlyMap<string, Quantity>>();

  /**
   * Undefined where there is no such profile.
   * @param before what is known of the device so far
   */
  return function resolve(
    device: Device,
    site: Site | undefined,
    before: RegisteredDevice | undefined,
  ): RegisteredDevice | undefined {
    const profile = catalogue.profiles.get(device.profile);
    if (!profile) return undefined;
    const quantities = byProfile.get(profile.name) ?? quantitiesOf(profile, catalogue);
    byProfile.set(profile.name, quantities);
    const position = device.position ?? site?.position;
    return {
      ...device,
      ...(position && { position }),
      ...(site && { siteLabel: site.label }),
      intervalMs: device.intervalMs ?? profile.intervalMs,
      vnAqi: device.vnAqi ?? profile.vnAqi ?? "indicative",
      quantities,
      // One object for one series, whatever is reloaded: it is compared and cached by reference.
      series:
        before?.series.measurement === profile.measurement
          ? before.series
          : seriesOf(device.identity, profile.measurement),
    };
  };
}

function seriesOf(identity: Identity, measurement: string): Series {
  const { province, unit, site, device } = parseIdentity(identity);
  const tags = Object.entries({ province, unit, site, device });
  return { measurement, tags };
}
