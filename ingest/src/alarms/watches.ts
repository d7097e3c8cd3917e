import { type AlarmRule, type Identity, quantityOf } from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";

/** One rule on one device. */
export interface Watch {
  readonly rule: AlarmRule;
  /** The source of alarms that the two make together. */
  readonly source: string;
}

/** Names a rule on a device. */
export function sourceOf(device: Identity, rule: string): string {
  return `${device} ${rule}`;
}

const none: readonly Watch[] = [];

/** Which rules watch which device, looked up once for each device as it is registered. */
export class Watches {
  readonly #byMeasurement = new Map<string, AlarmRule[]>();
  /** By the object of the registry, which makes new ones when it changes. */
  readonly #byDevice = new WeakMap<RegisteredDevice, readonly Watch[]>();

  constructor(rules: Iterable<AlarmRule>) {
    for (const rule of rules) {
      if (!rule.enabled) continue;
      const others = this.#byMeasurement.get(rule.measurement);
      if (others) others.push(rule);
      else this.#byMeasurement.set(rule.measurement, [rule]);
    }
  }

  of(device: RegisteredDevice): readonly Watch[] {
    const rules = this.#byMeasurement.get(device.series.measurement);
    if (!rules) return none;
    const known = this.#byDevice.get(device);
    if (known) return known;
    const watches = rules
      .filter((rule) => {
        const quantity = quantityOf(rule);
        const sent = quantity === null || device.quantities.has(quantity);
        return sent && (rule.devices?.includes(device.identity) ?? true);
      })
      .map((rule) => ({ rule, source: sourceOf(device.identity, rule.id) }));
    this.#byDevice.set(device, watches);
    return watches;
  }
}
