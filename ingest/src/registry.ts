import {
  type Clock,
  type Device,
  deviceSchema,
  type Identity,
  type Quantity,
  type RegistryKind,
  type RegistryRecord,
  type Site,
  type Text,
} from "@kenh/schemas";
import { dataVersion, transaction } from "@kenh/schemas/node";
import type { Catalogue } from "./catalogue.ts";
import {
  type By,
  type Change,
  type Edit,
  type Outcome,
  type Plan,
  type Proposed,
  RegistryConflict,
  station,
} from "./registry/change.ts";
import { afterAll, beforeAll, type EditPlace, History } from "./registry/history.ts";
import { deviceFault, planBatch } from "./registry/plan.ts";
import { createResolver } from "./registry/resolve.ts";
import { openRegistryFile } from "./registry/shape.ts";
import { Shelf } from "./registry/shelf.ts";
import type { Series } from "./stores/store.ts";

/** A device as the pipeline knows it: what it may send and where that is stored. */
export interface RegisteredDevice extends Device {
  /** Shared by all devices of the profile. */
  readonly quantities: ReadonlyMap<string, Quantity>;
  readonly series: Series;
  readonly intervalMs: number | undefined;
  readonly siteLabel?: Text | undefined;
}

/**
 * The places, agencies and devices of this station: kept in a file, shared with the command line, in
 * force by themselves. Every change is one step, is kept with who made it and what was before, and can
 * be taken back by another.
 */
export interface Registry {
  /** Sees at once what another process has added. */
  find(identity: Identity): RegisteredDevice | undefined;
  /** In the order of identities. */
  all(): readonly RegisteredDevice[];
  record<Kind extends RegistryKind>(kind: Kind, key: string): RegistryRecord<Kind> | undefined;
  /** In the order of keys; with `path` those whose keys begin with it. */
  records<Kind extends RegistryKind>(kind: Kind, path?: string): RegistryRecord<Kind>[];
  /** The device as it would be if it were registered so; undefined where there is no such profile. */
  imagine(device: Device): RegisteredDevice | undefined;

  /** What a batch would do. Writes nothing. */
  plan(batch: readonly Proposed[]): Plan;
  /** Adds and replaces records. When one is refused nothing is done, or with `takeGood` the others are. */
  change(batch: readonly Proposed[], by: By & { readonly takeGood?: boolean }): Outcome;
  /**
   * Takes records away, and the calibrations of devices with them. Null when there was none of them.
   * @throws RegistryConflict when something that stays names one of them
   */
  discard(records: readonly Pick<Edit, "kind" | "key">[], by: By): Change | null;
  /**
   * Brings back what was before a change, as a change of its own.
   * @throws RegistryConflict when something of it was changed later, RangeError when there is no such change
   */
  undo(id: number, by: By): Change;
  readonly history: Pick<History, "last" | "get" | "list" | "after" | "edits" | "of" | "chain">;

  /**
   * Adds a device or replaces what is known of it.
   * @throws ZodError when a field is wrong, RangeError when there is no such profile or agency.
   */
  put(device: Device, by?: By): void;
  /** False when there was none. */
  remove(identity: Identity, by?: By): boolean;

  /** The profiles and quantities of the moment. */
  catalogue(): Catalogue;
  /** Other profiles and quantities are in force. */
  take(catalogue: Catalogue): void;
  close(): void;
}

/** How long a change made by another process to a known device may go unseen. */
const reloadEveryMs = 250;
/** A change of a whole province is taken over in pieces: no PUBACK waits for all of it. */
const [sliceMs, editsInOneGo] = [10, 250];

/** Opens or creates the registry in `file`. */
export function openRegistry(file: string, given: Catalogue, now: Clock = Date.now): Registry {
  const db = openRegistryFile(file);
  const shelf = new Shelf(db);
  const history = new History(db, now);
  let catalogue = given;
  let resolve = createResolver(catalogue);
  const devices = new Map<Identity, RegisteredDevice>();
  let listed: readonly RegisteredDevice[] | undefined;
  let loaded = dataVersion(db);
  /** The last edit that `devices` knows of, and whether there are more. */
  let known: EditPlace = beforeAll;
  let behind = false;

  const read = <Kind extends RegistryKind>(kind: Kind, key: string) => {
    const body = shelf.body(kind, key);
    return body === null ? undefined : (JSON.parse(body) as RegistryRecord<Kind>);
  };
  function hold(device: Device, site: Site | undefined): void {
    const resolved = resolve(device, site, devices.get(device.identity));
    if (resolved) devices.set(device.identity, resolved);
    else devices.delete(device.identity);
  }
  function holdAll(): void {
    known = { ...afterAll, change: history.last };
    behind = false;
    const sites = new Map<string, Site>();
    for (const { key, body } of shelf.bodies("site")) sites.set(key, JSON.parse(body) as Site);
    for (const { key, body } of shelf.bodies("device"))
      hold(JSON.parse(body) as Device, sites.get(siteOf(key)));
    listed = undefined;
  }
  /** Takes over what has changed since, and nothing else, for about `ms`. */
  function follow(ms = Number.POSITIVE_INFINITY): void {
    const end = performance.now() + ms;
    const sites = new Map<string, Site | undefined>();
    const site = (key: string): Site | undefined => {
      if (!sites.has(key)) sites.set(key, read("site", key));
      return sites.get(key);
    };
    do {
      const edits = history.editsAfter(known, editsInOneGo);
      for (const { kind, key, after } of edits) {
        if (kind === "device") {
          if (after === null) devices.delete(key);
          else hold(JSON.parse(after) as Device, site(siteOf(key)));
        } else if (kind === "site") {
          for (const { body } of shelf.bodies("device", `${key}/`))
            hold(JSON.parse(body) as Device, site(key));
        }
      }
      known = edits.at(-1) ?? known;
      if (edits.length > 0) listed = undefined;
      behind = edits.length === editsInOneGo;
    } while (behind && performance.now() < end);
  }
  let lookedAt = Number.NEGATIVE_INFINITY;
  function refresh(ms?: number): void {
    lookedAt = performance.now();
    const version = dataVersion(db);
    if (version === loaded && !behind) return;
    loaded = version;
    follow(ms);
  }
  holdAll();

  /** Looks and writes in one step, so that nobody comes between. */
  function write<T>(work: () => T): T {
    const result = transaction(db, () => work());
    follow();
    return result;
  }
  function enter(edits: readonly Edit[], by: By, undoes: number | null = null): Change {
    shelf.write(edits, now());
    return history.get(history.add(edits, by, undoes)) as Change;
  }
  const standing = () => ({ shelf, catalogue });

  /** What would name something that is no more. */
  function checkEnds(edits: readonly Edit[]): void {
    const changed = new Map(edits.map((edit) => [`${edit.kind} ${edit.key}`, edit]));
    const after = (kind: RegistryKind, key: string): string | null => {
      const edit = changed.get(`${kind} ${key}`);
      return edit ? edit.after : shelf.body(kind, key);
    };
    for (const { kind, key, after: body } of edits) {
      if (kind === "device" && body !== null) {
        const fault = deviceFault(JSON.parse(body) as Device, { catalogue }, after);
        if (fault !== undefined) throw new RegistryConflict(fault);
      }
      if (body !== null) continue;
      if (kind === "device") {
        const left = [...shelf.bodies("calibration", `${key} `)].find(
          (one) => after("calibration", one.key) !== null,
        );
        if (left) throw new RegistryConflict(`${key} has a calibration that was recorded later`);
      }
      if (kind === "agency") {
        for (const { key: identity } of shelf.bodies(
          "device",
          key.slice(0, key.lastIndexOf("/")),
        )) {
          const device = JSON.parse(after("device", identity) ?? "{}") as Partial<Device>;
          if (device.agency === key)
            throw new RegistryConflict(
              `${identity} is of the agency ${key}: give it to another one first`,
            );
        }
      }
    }
  }

  const discard: Registry["discard"] = (records, by) =>
    write(() => {
      const edits = new Map<string, Edit>();
      const add = (kind: RegistryKind, key: string): void => {
        const before = shelf.body(kind, key);
        if (before !== null) edits.set(`${kind} ${key}`, { kind, key, before, after: null });
      };
      for (const { kind, key } of records) {
        add(kind, key);
        if (kind !== "device") continue;
        for (const one of [...shelf.bodies("calibration", `${key} `)]) add("calibration", one.key);
      }
      const found = [...edits.values()];
      checkEnds(found);
      return found.length === 0 ? null : enter(found, by);
    });

  return {
    find(identity) {
      const found = devices.get(identity);
      // A stranger is worth a look at once; a known device may change a little later.
      const soonMs = behind ? sliceMs : reloadEveryMs;
      if (found && performance.now() - lookedAt < soonMs) return found;
      refresh(sliceMs);
      if (behind && !devices.has(identity)) {
        const device = read("device", identity);
        if (device) hold(device, read("site", siteOf(identity)));
      }
      return devices.get(identity);
    },
    all() {
      refresh();
      listed ??= [...devices.values()].sort((a, b) => (a.identity < b.identity ? -1 : 1));
      return listed;
    },
    record: read,
    records: <Kind extends RegistryKind>(kind: Kind, path?: string) =>
      [...shelf.bodies(kind, path)].map(({ body }) => JSON.parse(body) as RegistryRecord<Kind>),
    imagine(device) {
      refresh();
      return resolve(device, read("site", siteOf(device.identity)), devices.get(device.identity));
    },
    plan: (batch) => planBatch(batch, standing()),
    change(batch, { takeGood = false, ...by }) {
      return write((): Outcome => {
        const { edits, unchanged, refused } = planBatch(batch, standing());
        const held = edits.length === 0 || (refused.length > 0 && !takeGood);
        return { change: held ? null : enter(edits, by), unchanged, refused };
      });
    },
    discard,
    undo(id, by) {
      return write(() => {
        const change = history.get(id);
        if (!change) throw new RangeError(`there is no change ${id}`);
        const edits = history.edits(id, "*").map((edit): Edit => {
          const { kind, key, before, after } = edit;
          if (shelf.body(kind, key) !== after) {
            throw new RegistryConflict(
              `${kind} ${key} was changed later, by change ${history.lastOf(edit)}: undo that first`,
            );
          }
          return { kind, key, before: after, after: before };
        });
        checkEnds(edits);
        return enter(edits, by, id);
      });
    },
    history,
    put(given, by = { actor: station, how: "add" }) {
      const value = deviceSchema.parse(given);
      write(() => {
        const { edits, refused } = planBatch([{ kind: "device", at: "device", value }], standing());
        if (refused[0]) throw new RangeError(refused[0].message);
        if (edits.length > 0) enter(edits, by);
      });
    },
    remove(identity, by = { actor: station, how: "remove" }) {
      return discard([{ kind: "device", key: identity }], by) !== null;
    },
    catalogue: () => catalogue,
    take(other) {
      catalogue = other;
      resolve = createResolver(catalogue);
      holdAll();
    },
    close: () => db.close(),
  };
}

function siteOf(identity: Identity): string {
  return identity.slice(0, identity.lastIndexOf("/"));
}
