import { setTimeout as pause } from "node:timers/promises";
import {
  type Alarm,
  type Clock,
  type FieldType,
  type Identity,
  type LedgerCounts,
  parseIdentity,
  type Value,
} from "@kenh/schemas";
import type { Logger } from "pino";
import type { Alarms } from "./alarms/alarms.ts";
import { type DeviceView, viewDevice } from "./api/freshness.ts";
import type { ApiParts } from "./api/parts.ts";
import type { Account, Ledger } from "./ledger.ts";
import type { Registry } from "./registry.ts";
import type { Field, Point } from "./stores/store.ts";

/** How the books and the fleet come to the dashboards, which read nothing but the store. */
export interface FleetParts extends Pick<ApiParts, "latest" | "statusOf"> {
  readonly registry: Pick<Registry, "all">;
  readonly ledger: Pick<Ledger, "accounts">;
  readonly alarms: Pick<Alarms, "list">;
  readonly write: (points: readonly Point[]) => Promise<void>;
  readonly log: Pick<Logger, "warn">;
  readonly now: Clock;
}

/** A device that goes silent shows within a quarter of a minute; its state is looked at this often. */
const everyMs = 15_000;
/** What has not changed is said again, so that a dashboard over a quarter of an hour finds each device. */
const againMs = 10 * 60_000;
/** Alarms that need somebody; hidden and ended ones colour no map. */
const shown = ["unacknowledged", "acknowledged", "returned"] as const;

/** What was said of a device last, and when. */
export interface Said {
  readonly text: string;
  readonly at: number;
}

/**
 * Writes the measurements `fleet` (one series a device) and `ledger` (one a unit) to the store every
 * quarter of a minute until the signal aborts. They are the station's own words and stand in no ledger; what the
 * store does not take is not kept: the next time says it anew.
 */
export async function reportFleet(parts: FleetParts, signal: AbortSignal): Promise<void> {
  const said = new Map<Identity, Said>();
  while (!signal.aborted) {
    try {
      const at = parts.now();
      const devices = parts.registry.all().map((device) => viewDevice(device, parts));
      const points = [
        ...fleetPoints(devices, gravest(parts.alarms), said, at),
        ...ledgerPoints(parts.ledger.accounts(), at),
      ];
      if (points.length > 0) await parts.write(points);
    } catch (error) {
      said.clear();
      parts.log.warn({ err: error }, "the state of the fleet can't be written; tried again soon");
    }
    await pause(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** The gravest priority among the alarms of each device that need somebody. */
function gravest(alarms: Pick<Alarms, "list">): Map<string, number> {
  const found = new Map<string, number>();
  for (const json of alarms.list({ states: shown, visible: () => true })) {
    const { device, priority } = JSON.parse(json) as Alarm;
    found.set(device, Math.min(found.get(device) ?? priority, priority));
  }
  return found;
}

/**
 * A point for each device of which something has changed, or that has not been spoken of for ten
 * minutes: where it stands, how current it is, and the gravest alarm on it (0 for none).
 * @param said what was said before; brought up to date
 */
export function fleetPoints(
  devices: readonly DeviceView[],
  priorities: ReadonlyMap<string, number>,
  said: Map<Identity, Said>,
  at: number,
): Point[] {
  const points: Point[] = [];
  for (const view of devices) {
    const identity = view.identity as Identity;
    const { position, freshness } = view;
    const fields = fieldsOf({
      freshness: ["string", freshness],
      priority: ["integer", priorities.get(identity) ?? 0],
      label: ["string", view.label?.vi ?? null],
      site_label: ["string", view.siteLabel?.vi ?? null],
      profile: ["string", view.profile],
      latitude: ["float", position?.latitude ?? null],
      longitude: ["float", position?.longitude ?? null],
    });
    const text = JSON.stringify(fields);
    const before = said.get(identity);
    if (before?.text === text && at - before.at < againMs) continue;
    said.set(identity, { text, at });
    points.push({ series: seriesOf("fleet", identity), ts: at, fields });
  }
  return points;
}

/** The books of each unit, all its devices and outboxes together. Readings; they only grow, but `pending`. */
export function ledgerPoints(accounts: Iterable<Account>, at: number): Point[] {
  const units = new Map<string, { -readonly [Name in keyof LedgerCounts]: number }>();
  for (const { device, received, stored, duplicate, quarantined, pending } of accounts) {
    if (device === null) continue;
    const { province, unit } = parseIdentity(device);
    const key = `${province}/${unit}`;
    const sum = units.get(key) ?? {
      received: 0,
      stored: 0,
      duplicate: 0,
      quarantined: 0,
      pending: 0,
    };
    units.set(key, sum);
    sum.received += received;
    sum.stored += stored;
    sum.duplicate += duplicate;
    sum.quarantined += quarantined;
    sum.pending += pending;
  }
  return [...units].map(([key, counts]) => {
    const [province = "", unit = ""] = key.split("/");
    return {
      series: {
        measurement: "ledger",
        tags: [
          ["province", province],
          ["unit", unit],
        ],
      },
      ts: at,
      fields: fieldsOf(
        Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, ["integer", n]])),
      ),
    };
  });
}

function fieldsOf(values: Record<string, readonly [FieldType, Value | null]>): Field[] {
  return Object.entries(values).flatMap(([name, [type, value]]) =>
    value === null ? [] : [{ name, type, value, flag: 1 as const }],
  );
}

function seriesOf(measurement: string, identity: Identity): Point["series"] {
  const { province, unit, site, device } = parseIdentity(identity);
  return {
    measurement,
    tags: [
      ["province", province],
      ["unit", unit],
      ["site", site],
      ["device", device],
    ],
  };
}
