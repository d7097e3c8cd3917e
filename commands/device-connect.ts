import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkConfig, type DriverEntry, driverEntry, type Installation } from "@kenh/edge-agent";
import { type Identity, identitySchema, type Profile } from "@kenh/schemas";
import type { Access } from "@kenh/schemas/node";
import { Document, isSeq, parseDocument } from "yaml";
import { agentFile } from "./agent-own.ts";
import { Refusal } from "./output.ts";
import type { registryOf } from "./state.ts";

type Registry = ReturnType<typeof registryOf>;

/**
 * The entry by which an agent reads the device, with all that its driver would refuse.
 * @throws Refusal naming what is wrong with the address, or missing beside it.
 */
export async function entryFor(profile: Profile, at: Installation): Promise<DriverEntry> {
  try {
    return await driverEntry(profile, at);
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal(error.message, 2);
    throw error;
  }
}

/** A configuration with the device in it, that the agent could use and does not yet have. */
export interface PlannedConnection {
  /** Lets the agent publish for the device, and puts the configuration in place. Gives its file. */
  commit(parts: { access: Access; registry: Registry }): Promise<string>;
}

/**
 * Plans the configuration of the station's own agent with the entry in it, in place of any that the device had;
 * begins one where there is none.
 * @throws Refusal with the agent's own words when it could not use it.
 */
export async function planConnection(
  dataDir: string,
  entry: DriverEntry,
): Promise<PlannedConnection> {
  const file = agentFile(dataDir);
  const passwordFile = join(dirname(file), "password");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const document = existsSync(file)
    ? parseDocument(readFileSync(file, "utf8"))
    : new Document(begun(dataDir, agentOf(entry.device)));
  const agent = identitySchema.parse(document.get("identity"));
  put(document, entry);
  const draft = `${file}.new`;
  writeFileSync(draft, document.toString(), { mode: 0o600 });
  const faults = await checkConfig(draft);
  if (faults.length > 0) {
    rmSync(draft);
    throw new Refusal(faults.map((fault) => fault.replace(/^.*?:\d+: /, "")).join("\n"), 2);
  }
  return {
    async commit({ access, registry }) {
      if (!registry.find(agent)) registry.put({ identity: agent, profile: "edge-gateway" });
      const account = access.account(agent);
      const publishes = [...new Set([agent, ...(account?.publishes ?? []), entry.device])];
      if (account && existsSync(passwordFile)) access.openAccount(agent, publishes);
      else writeFileSync(passwordFile, await access.addAccount(agent, publishes), { mode: 0o600 });
      renameSync(draft, file);
      return file;
    },
  };
}

/** One agent reads for the whole ward of its first device. */
function agentOf(device: Identity): Identity {
  const [province, unit] = device.split("/");
  return identitySchema.parse(`${province}/${unit}/tram/agent`);
}

function begun(dataDir: string, identity: Identity): object {
  return {
    version: 1,
    name: "agent",
    identity,
    broker: { url: brokerOf(dataDir), passwordFile: "password" },
    dataDir: "outbox",
    drivers: [],
  };
}

/** The broker of the station that runs on the folder, or the usual one. */
function brokerOf(dataDir: string): string {
  const file = join(dataDir, "station.json");
  const { mqtt } = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { mqtt: string | null })
    : { mqtt: null };
  return mqtt ?? process.env.KENH_BROKER_URL ?? "mqtt://127.0.0.1:1883";
}

function put(document: Document, entry: DriverEntry): void {
  const drivers = (document.toJS() as { drivers?: DriverEntry[] }).drivers ?? [];
  const others = drivers.map((each) => without(each, entry.device));
  const at = others.findIndex((each) => each !== undefined && sharesConnection(each, entry));
  const shared = others[at];
  if (shared) others[at] = together(shared, entry);
  else {
    const gone = others.indexOf(undefined);
    if (gone >= 0) others[gone] = entry;
    else others.push(entry);
  }
  // What a person wrote beside an entry stays with it as long as the entry is the same.
  const held = document.get("drivers");
  const list = isSeq(held) ? held : document.createNode([]);
  const nodes = [...list.items];
  list.items = others.flatMap((each, index) =>
    each === undefined ? [] : [each === drivers[index] ? nodes[index] : document.createNode(each)],
  );
  list.flow = false;
  document.set("drivers", list);
}

/** The devices by name of a driver that hears several at one broker. */
function namesIn({ kind, config }: DriverEntry): Record<string, unknown> | undefined {
  if (kind === "lorawan") return config.devices as Record<string, unknown>;
  const [only, more] = (config.subscriptions ?? []) as { deviceBy?: { devices?: object } }[];
  return more ? undefined : (only?.deviceBy?.devices as Record<string, unknown> | undefined);
}

/** The same entry with other devices. */
function withNames(entry: DriverEntry, devices: Record<string, unknown>): DriverEntry {
  if (entry.kind === "lorawan") return { ...entry, config: { ...entry.config, devices } };
  const [only] = entry.config.subscriptions as { deviceBy: object }[];
  const deviceBy = { ...only?.deviceBy, devices };
  return { ...entry, config: { ...entry.config, subscriptions: [{ ...only, deviceBy }] } };
}

/** One connection to a broker is enough for all that are heard there in the same way. */
function sharesConnection(one: DriverEntry, other: DriverEntry): boolean {
  if (one.kind !== other.kind || !namesIn(one) || !namesIn(other)) return false;
  const bare = (entry: DriverEntry): string => JSON.stringify(withNames(entry, {}).config);
  return bare(one) === bare(other);
}

function together(one: DriverEntry, other: DriverEntry): DriverEntry {
  return withNames(one, { ...namesIn(one), ...namesIn(other) });
}

/** An entry without a device; undefined where nothing is left of it, the entry itself where it was not in it. */
function without(entry: DriverEntry, device: Identity): DriverEntry | undefined {
  const names = namesIn(entry);
  if (!names) return entry.device === device ? undefined : entry;
  const of = (held: unknown): unknown =>
    typeof held === "string" ? held : (held as { device?: unknown }).device;
  const kept = Object.entries(names).filter(([, held]) => of(held) !== device);
  if (kept.length === Object.keys(names).length) return entry;
  const [first] = kept;
  if (!first) return undefined;
  return { ...withNames(entry, Object.fromEntries(kept)), device: of(first[1]) as Identity };
}
