import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
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

/**
 * Writes the entry into the configuration of the station's own agent, in place of any that the device had;
 * makes agent, account and configuration where there are none.
 * @returns the configuration's file
 * @throws Refusal with the agent's own words, and nothing changed, when it could not use it.
 */
export async function connectDevice(
  dataDir: string,
  entry: DriverEntry,
  { access, registry }: { access: Access; registry: Registry },
): Promise<string> {
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
  if (faults.length > 0) throw new Refusal(faults.join("\n").replaceAll(draft, file), 2);
  if (!registry.find(agent)) registry.put({ identity: agent, profile: "edge-gateway" });
  const account = access.account(agent);
  const publishes = [...new Set([agent, ...(account?.publishes ?? []), entry.device])];
  if (account && existsSync(passwordFile)) access.openAccount(agent, publishes);
  else writeFileSync(passwordFile, await access.addAccount(agent, publishes), { mode: 0o600 });
  renameSync(draft, file);
  return file;
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
  const drivers = document.get("drivers");
  if (!isSeq(drivers)) document.set("drivers", document.createNode([]));
  const list = document.get("drivers");
  if (!isSeq(list)) return;
  list.flow = false;
  const of = (item: unknown): unknown => (item as { get?(key: string): unknown }).get?.("device");
  const at = list.items.findIndex((item) => of(item) === entry.device);
  const node = document.createNode(entry);
  if (at < 0) list.items.push(node);
  else list.items[at] = node;
}
