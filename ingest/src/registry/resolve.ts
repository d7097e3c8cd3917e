import {
  type Device,
  type Identity,
  type Profile,
  parseIdentity,
  type Quantity,
  type Site,
} from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import type { Series } from "../stores/store.ts";
import { type View, type Views, viewOf } from "../view.ts";

/** Every quantity that a device of the profile may send, as far as its model reaches where its unit is. */
export function quantitiesOf(
  profile: Profile,
  catalogue: Pick<View, "classes" | "quantities">,
): ReadonlyMap<string, Quantity> {
  const quantities = new Map<string, Quantity>();
  const add = (quantity: Quantity): void => {
    const range = profile.ranges[quantity.name];
    quantities.set(quantity.name, range ? { ...quantity, ...within(range, quantity) } : quantity);
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

type Range = Pick<Quantity, "min" | "max">;

/** What a model can measure of what is plausible. */
function within(model: Range, plausible: Range): Range {
  const min = Math.max(model.min ?? -Infinity, plausible.min ?? -Infinity);
  const max = Math.min(model.max ?? Infinity, plausible.max ?? Infinity);
  return { ...(min > -Infinity && { min }), ...(max < Infinity && { max }) };
}

/** Makes registered devices of what is registered, by one state of the catalogue. */
export function createResolver(catalogue: Views) {
  /** By what is measured, for units that have nothing of their own share it. */
  const known = new Map<View["quantities"], Map<Profile, ReadonlyMap<string, Quantity>>>();

  function sentBy(profile: Profile, view: View): ReadonlyMap<string, Quantity> {
    const byProfile = known.get(view.quantities) ?? new Map();
    known.set(view.quantities, byProfile);
    const quantities = byProfile.get(profile) ?? quantitiesOf(profile, view);
    byProfile.set(profile, quantities);
    return quantities;
  }

  /**
   * Undefined where there is no such profile.
   * @param before what is known of the device so far
   */
  return function resolve(
    device: Device,
    site: Site | undefined,
    before: RegisteredDevice | undefined,
  ): RegisteredDevice | undefined {
    const view = viewOf<View>(catalogue, device.identity);
    const profile = view.profiles.get(device.profile);
    if (!profile) return undefined;
    const quantities = sentBy(profile, view);
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
