import {
  type RegistryBatch,
  type RegistryKind,
  type RegistryRecord,
  registryKeyOf,
  registryKinds,
  registryLists,
} from "@kenh/schemas";
import type { Proposed } from "./change.ts";

/** The records of a batch that is well formed, each with its key. */
export function proposalsOf(
  batch: RegistryBatch,
): (Proposed & { readonly kind: RegistryKind; readonly key: string })[] {
  return registryKinds.flatMap((kind) =>
    (batch[registryLists[kind]] as readonly RegistryRecord[]).map((value, index) => ({
      ...{ kind, at: `${registryLists[kind]}.${index}`, value },
      key: registryKeyOf(kind, value),
    })),
  );
}

/** The records of what claims to be a batch; whether each is well formed is looked at with the plan. */
export function recordsIn(given: Readonly<Record<string, unknown>>): Proposed[] {
  return registryKinds.flatMap((kind) => {
    const list = given[registryLists[kind]];
    return (Array.isArray(list) ? (list as unknown[]) : []).map((value, index) => ({
      ...{ kind, at: `${registryLists[kind]}.${index}`, value },
    }));
  });
}
