import {
  type Calibration,
  type Device,
  type RegistryKind,
  type RegistryRecord,
  registryKeyOf,
  registryKinds,
  registrySchemas,
} from "@kenh/schemas";
import type * as z from "zod";
import type { Catalogue } from "../catalogue.ts";
import { didYouMean } from "../nearest.ts";
import { type View, viewOf } from "../view.ts";
import type { Edit, Plan, Proposed, Refused } from "./change.ts";
import { quantitiesOf } from "./resolve.ts";
import type { Shelf } from "./shelf.ts";

/** What a batch is judged by: what stands, and what profiles there are. */
export interface Standing {
  readonly shelf: Pick<Shelf, "body" | "lastKey">;
  readonly catalogue: Catalogue;
}

/**
 * Looks at every record of a batch: its form, and whether what it names is there, in the registry or in
 * the batch itself. A record that stands on a refused one is refused as well. Writes nothing.
 */
export function planBatch(proposed: readonly Proposed[], standing: Standing): Plan {
  const edits = new Map<string, Edit>();
  const refused: Refused[] = [];
  let unchanged = 0;
  const seen = new Map<string, { readonly at: string; readonly body: string }>();
  /** The last calibration that the batch adds, by device and quantity. */
  const latest = new Map<string, string>();
  const byKind = Map.groupBy(proposed, ({ kind }) => kind);
  const after = (kind: RegistryKind, key: string): string | null =>
    edits.get(`${kind} ${key}`)?.after ?? standing.shelf.body(kind, key);

  for (const kind of registryKinds) {
    const read = (byKind.get(kind) ?? []).map((one) => readRecord(one));
    // In the order of time, whatever the order of rows.
    if (kind === "calibration") read.sort((a, b) => ((a.key ?? "") < (b.key ?? "") ? -1 : 1));
    for (const { at, key, record, faults } of read) {
      const refuse = (message: string): void => {
        refused.push({ at, kind, key, message });
      };
      if (!record || key === null) {
        refuse(faults);
        continue;
      }
      const id = `${kind} ${key}`;
      const body = JSON.stringify(record);
      const twin = seen.get(id);
      if (twin !== undefined) {
        // The same said twice, as by a list of reference and a ward's own file, is no contradiction.
        if (twin.body === body) unchanged += 1;
        else refuse(`${key} stands in ${twin.at} already, and otherwise: leave one of them out`);
        continue;
      }
      seen.set(id, { at, body });
      const before = standing.shelf.body(kind, key);
      const fault =
        kind === "device"
          ? deviceFault(record as Device, standing, after)
          : kind === "calibration"
            ? calibrationFault(record as Calibration, key, before, body, standing, after, latest)
            : undefined;
      if (fault !== undefined) refuse(fault);
      else if (before === body) unchanged += 1;
      else edits.set(id, { kind, key, before, after: body });
    }
  }
  return { edits: [...edits.values()], unchanged, refused };
}

interface Read {
  readonly at: string;
  readonly key: string | null;
  readonly record: RegistryRecord | undefined;
  readonly faults: string;
}

function readRecord({ kind, at, value, fault }: Proposed): Read {
  const result = fault === undefined ? registrySchemas[kind].safeParse(value) : undefined;
  if (result?.success) {
    const record = result.data as RegistryRecord;
    return { at, key: registryKeyOf(kind, record), record, faults: "" };
  }
  const known = (value ?? {}) as Record<string, unknown>;
  const named = known[kind === "device" ? "identity" : kind === "calibration" ? "device" : kind];
  const faults = fault ?? (result?.error.issues ?? []).map((one) => said(kind, one)).join("; ");
  return { at, key: typeof named === "string" ? named : null, record: undefined, faults };
}

/** What is wrong with a field, and the word to use instead. */
function said(kind: RegistryKind, issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const names = Object.keys(registrySchemas[kind].shape);
    const [key = ""] = issue.keys;
    const where = path === "" ? key : `${path}.${key}`;
    return `${where}: there is no such field${path === "" ? didYouMean(key, names) || `; a ${kind} has ${names.join(", ")}` : ""}`;
  }
  const missing = issue.code === "invalid_type" && /received undefined$/.test(issue.message);
  return `${path === "" ? kind : path}: ${missing ? "is missing" : issue.message}`;
}

type After = (kind: RegistryKind, key: string) => string | null;

/** What is wrong with what a device names. */
export function deviceFault(
  { identity, profile, agency }: Device,
  { catalogue }: Pick<Standing, "catalogue">,
  after: After,
): string | undefined {
  const { profiles } = viewOf<View>(catalogue, identity);
  if (!profiles.has(profile)) {
    const names = [...profiles.keys()];
    const near = didYouMean(profile, names) || `; there are ${names.join(", ")}`;
    return `there is no profile ${JSON.stringify(profile)}${near}`;
  }
  if (agency === undefined) return undefined;
  // Of its own unit or of its province: that another unit has one of this name is not said.
  const home = agency.slice(0, agency.lastIndexOf("/") + 1);
  if (identity.startsWith(home) && after("agency", agency) !== null) return undefined;
  return `there is no agency ${JSON.stringify(agency)} for ${identity}: register the agency first, or in the same file`;
}

/** What is wrong with a calibration; notes it as the last of its device and quantity where nothing is. */
function calibrationFault(
  { device: identity, quantity, from }: Calibration,
  key: string,
  before: string | null,
  body: string,
  { shelf, catalogue }: Standing,
  after: After,
  latest: Map<string, string>,
): string | undefined {
  const device = after("device", identity);
  if (device === null) {
    return `there is no device ${identity}: register it first, or in the same file`;
  }
  if (before !== null) {
    return before === body
      ? undefined
      : `the calibration of ${from} stands as it was recorded: add one of a later time, or undo the change that brought it`;
  }
  const view = viewOf<View>(catalogue, identity);
  const profile = view.profiles.get((JSON.parse(device) as Device).profile);
  const quantities = profile && [...quantitiesOf(profile, view).keys()];
  if (quantities && !quantities.includes(quantity)) {
    return `quantity: ${identity} has no ${quantity}${didYouMean(quantity, quantities) || `; it has ${quantities.join(", ")}`}`;
  }
  const own = `${identity} ${quantity} `;
  const last = latest.get(own) ?? shelf.lastKey("calibration", own);
  if (last !== undefined && last > key) {
    return `from: ${from} is before the last calibration (${last.slice(own.length)}): the past is not rewritten; add one of a later time`;
  }
  latest.set(own, key);
  return undefined;
}
