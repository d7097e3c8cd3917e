import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Agency,
  type Authority,
  type Contact,
  contractFileSchema,
  type Dataset,
  type Exemption,
  type Identity,
} from "@kenh/schemas";
import { type DataFile, readDataFile } from "../data-file.ts";
import { didYouMean } from "../nearest.ts";
import type { Registry } from "../registry.ts";
import { instantOf, type Span } from "./civil.ts";

/** A contract with all that it refers to. */
export interface Contract extends Dataset {
  /** Where it stands in the tree of identities: tokens see it by this, and the ledger counts it under this. */
  readonly identity: Identity;
  readonly owner: Agency;
  readonly focal: Contact;
  /** When it is in force. */
  readonly force: Span;
  /** From when on it is judged: of what was before the station counted nothing can be said. */
  readonly judgedFrom: number;
  /** When nothing is owed. */
  readonly exempt: readonly (Span & Pick<Exemption, "id" | "reason" | "label">)[];
}

/** All contracts of a station, and who reports on them. */
export interface Contracts {
  readonly authority: Authority | undefined;
  readonly agencies: ReadonlyMap<string, Agency>;
  readonly datasets: ReadonlyMap<string, Contract>;
}

const dayMs = 86_400_000;
const endOf = (local: string): number => instantOf(local) + (local.length > 10 ? 0 : dayMs);

/**
 * Reads `contracts/*.yaml` below each root; later ones override earlier ones by id.
 * @param registered an agency of the registry, by its key
 * @throws Error with every fault as `file:line: what is wrong and what to write instead`
 */
export function loadContracts(
  roots: readonly string[],
  registered: (key: string) => Agency | undefined = () => undefined,
): Contracts {
  const files = contractFiles(roots).map((file) => readDataFile(file, contractFileSchema));
  const faults: string[] = [];
  const agencies = new Map<string, Agency>();
  const datasets = new Map<string, { dataset: Dataset; at: (...path: string[]) => string }>();
  const exemptions: { exemption: Exemption; at: (...path: string[]) => string }[] = [];
  let authority: Authority | undefined;
  for (const file of files) {
    const at = atIn(file);
    authority = file.data.authority ?? authority;
    const keys = file.data.agencies.map(({ agency }) => agency);
    unique("agencies", "agency", keys, at);
    const ids = file.data.datasets.map(({ id }) => id);
    unique("datasets", "id", ids, at);
    for (const agency of file.data.agencies) agencies.set(agency.agency, agency);
    file.data.datasets.forEach((dataset, index) => {
      datasets.set(dataset.id, { dataset, at: at("datasets", index) });
    });
    file.data.exemptions.forEach((exemption, index) => {
      exemptions.push({ exemption, at: at("exemptions", index) });
    });
  }

  function unique(
    list: string,
    field: string,
    ids: readonly string[],
    at: ReturnType<typeof atIn>,
  ): void {
    ids.forEach((id, index) => {
      if (ids.indexOf(id) < index)
        faults.push(`${at(list, index)(field)}: ${id} stands here twice`);
    });
  }
  for (const key of [
    ...[...datasets.values()].map(({ dataset }) => dataset.agency),
    ...exemptions.flatMap(({ exemption }) => exemption.agencies ?? []),
  ]) {
    const agency = agencies.has(key) ? undefined : registered(key);
    if (agency) agencies.set(key, agency);
  }
  function known(place: string, what: string, id: string, all: ReadonlyMap<string, unknown>) {
    if (all.has(id)) return;
    faults.push(`${place}: there is no ${what} ${id}${didYouMean(id, all.keys())}`);
  }

  for (const { exemption, at } of exemptions) {
    for (const id of exemption.agencies ?? []) known(at("agencies"), "agency", id, agencies);
    for (const id of exemption.datasets ?? []) known(at("datasets"), "dataset", id, datasets);
    if (instantOf(exemption.from) >= endOf(exemption.to)) {
      faults.push(`${at("to")}: ${exemption.to} is not after ${exemption.from}`);
    }
  }
  const contracts = new Map<string, Contract>();
  for (const { dataset, at } of datasets.values()) {
    known(at("agency"), "agency", dataset.agency, agencies);
    faults.push(...recordFaults(dataset, at));
    const owner = agencies.get(dataset.agency);
    if (owner) contracts.set(dataset.id, resolve(dataset, owner, exemptions));
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return { authority, agencies, datasets: contracts };
}

function resolve(
  dataset: Dataset,
  owner: Agency,
  exemptions: readonly { exemption: Exemption }[],
): Contract {
  const exempt = exemptions
    .filter(({ exemption: { agencies, datasets } }) =>
      agencies || datasets
        ? agencies?.includes(owner.agency) || datasets?.includes(dataset.id)
        : true,
    )
    .map(({ exemption: { id, reason, label, from, to } }) => ({
      ...{ id, reason, label },
      start: instantOf(from),
      end: endOf(to),
    }))
    .sort((a, b) => a.start - b.start);
  const start = instantOf(dataset.from);
  return {
    ...dataset,
    judgedFrom: start,
    identity: identityOf(owner.agency, dataset.id),
    owner,
    focal: dataset.contact ?? owner.contact,
    force: {
      start,
      end: dataset.until ? endOf(dataset.until) : Number.POSITIVE_INFINITY,
    },
    exempt,
  };
}

/** The agencies of a registry, as contracts name them. */
export const agenciesOf =
  (registry: Pick<Registry, "record">) =>
  (key: string): Agency | undefined => {
    const agency = registry.record("agency", key);
    return agency && { agency: key, label: agency.label, contact: agency.contact ?? {} };
  };

/** The contracts, judged by a station that has counted since `begunAt`. */
export function judgedSince(contracts: Contracts, begunAt: number): Contracts {
  const datasets = [...contracts.datasets].map(([id, contract]): [string, Contract] => [
    id,
    { ...contract, judgedFrom: Math.max(contract.force.start, begunAt) },
  ]);
  return { ...contracts, datasets: new Map(datasets) };
}

/** `82/so-nnmt` owes `82/so-nnmt/datasets/<id>`, and `82/29869/van-phong` owes `82/29869/van-phong/<id>`. */
const identityOf = (agency: string, id: string): Identity =>
  agency.split("/").length === 2 ? `${agency}/datasets/${id}` : `${agency}/${id}`;

function recordFaults({ records }: Dataset, at: (...path: string[]) => string): string[] {
  if (!records) return [];
  const faults: string[] = [];
  const fields = new Map(records.fields.map((field) => [field.name, field]));
  if (fields.size < records.fields.length) {
    faults.push(`${at("records", "fields")}: two fields have one name`);
  }
  const time = fields.get(records.time);
  if (time?.type !== "date" && time?.type !== "datetime") {
    faults.push(`${at("records", "time")}: ${records.time} is no field of type date or datetime`);
  } else if (time.optional) {
    faults.push(`${at("records", "time")}: ${records.time} must not be optional`);
  }
  for (const name of records.key) {
    if (fields.has(name)) continue;
    faults.push(
      `${at("records", "key")}: there is no field ${name}${didYouMean(name, fields.keys())}`,
    );
  }
  return faults;
}

function atIn(file: DataFile<unknown>) {
  return (list: string, index: number) =>
    (...path: string[]): string =>
      file.at([list, index, ...path]);
}

/** The files of contracts below these roots. */
export const contractFiles = (roots: readonly string[]): string[] => roots.flatMap(filesOf);

function filesOf(root: string): string[] {
  const folder = join(root, "contracts");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(folder, name));
}
