import type { DatabaseSync } from "node:sqlite";
import {
  type Clock,
  type Device,
  deviceSchema,
  type Identity,
  type Profile,
  parseIdentity,
  type Quantity,
} from "@kenh/schemas";
import { dataVersion, openDatabase, transaction } from "@kenh/schemas/node";
import type { Catalogue } from "./catalogue.ts";
import type { Series } from "./stores/store.ts";

/** A device as the pipeline knows it: what it may send and where that is stored. */
export interface RegisteredDevice extends Device {
  readonly quantities: ReadonlyMap<string, Quantity>;
  readonly series: Series;
  readonly intervalMs: number | undefined;
}

/** The devices of this station: kept in a file, shared with the command line, reloaded by itself. */
export interface Registry {
  /** Sees at once what another process has added. */
  find(identity: Identity): RegisteredDevice | undefined;
  all(): readonly RegisteredDevice[];
  /**
   * Adds a device or replaces what is known of it.
   * @throws ZodError when a field is wrong, RangeError when there is no such profile.
   */
  put(device: Device): void;
  /** False when there was none. */
  remove(identity: Identity): boolean;
  close(): void;
}

const migrations = [
  `CREATE TABLE device (
     identity TEXT PRIMARY KEY, body TEXT NOT NULL, changed_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/** How long a change made by another process to a known device may go unseen. */
const reloadEveryMs = 250;

/** Opens or creates the registry in `file`. */
export function openRegistry(file: string, catalogue: Catalogue, now: Clock = Date.now): Registry {
  const db: DatabaseSync = openDatabase(file, { migrations });
  let devices = new Map<Identity, RegisteredDevice>();
  let loaded: number | undefined;

  function reload(): void {
    loaded = dataVersion(db);
    const next = new Map<Identity, RegisteredDevice>();
    for (const row of db.prepare("SELECT body FROM device ORDER BY identity").all()) {
      const device = deviceSchema.parse(JSON.parse(String(row.body)));
      const profile = catalogue.profiles.get(device.profile);
      if (profile) next.set(device.identity, resolve(device, profile, catalogue, devices));
    }
    devices = next;
  }
  let lookedAt = Number.NEGATIVE_INFINITY;
  function refresh(): void {
    lookedAt = performance.now();
    if (dataVersion(db) !== loaded) reload();
  }
  reload();

  return {
    find(identity) {
      const known = devices.get(identity);
      // A stranger is worth a look at once; a known device may change a little later.
      if (known && performance.now() - lookedAt < reloadEveryMs) return known;
      refresh();
      return devices.get(identity);
    },
    all() {
      refresh();
      return [...devices.values()];
    },
    put(given) {
      const device = deviceSchema.parse(given);
      const profile = catalogue.profiles.get(device.profile);
      if (!profile) {
        throw new RangeError(
          `there is no profile ${JSON.stringify(device.profile)}; there are ${[...catalogue.profiles.keys()].join(", ")}`,
        );
      }
      transaction(db, () =>
        db
          .prepare("INSERT OR REPLACE INTO device VALUES (?, ?, ?)")
          .run(device.identity, JSON.stringify(device), now()),
      );
      refresh();
      devices.set(device.identity, resolve(device, profile, catalogue, devices));
    },
    remove(identity) {
      const removed = db.prepare("DELETE FROM device WHERE identity = ?").run(identity).changes > 0;
      refresh();
      devices.delete(identity);
      return removed;
    },
    close: () => db.close(),
  };
}

function resolve(
  device: Device,
  profile: Profile,
  catalogue: Catalogue,
  before: ReadonlyMap<Identity, RegisteredDevice>,
): RegisteredDevice {
  const quantities = new Map<string, Quantity>();
  for (const name of profile.classes) {
    for (const quantity of catalogue.classes.get(name) ?? [])
      quantities.set(quantity.name, quantity);
  }
  for (const name of profile.quantities) {
    const quantity = catalogue.quantities.get(name);
    if (quantity) quantities.set(name, quantity);
  }
  const known = before.get(device.identity)?.series;
  return {
    ...device,
    intervalMs: device.intervalMs ?? profile.intervalMs,
    vnAqi: device.vnAqi ?? profile.vnAqi ?? "indicative",
    quantities,
    // One object for one series, whatever is reloaded: it is compared and cached by reference.
    series:
      known?.measurement === profile.measurement
        ? known
        : seriesOf(device.identity, profile.measurement),
  };
}

function seriesOf(identity: Identity, measurement: string): Series {
  const { province, unit, site, device } = parseIdentity(identity);
  const tags = Object.entries({ province, unit, site, device });
  return { measurement, tags };
}
