import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Actor,
  loadCatalogue,
  type Origin,
  openRegistry,
  type Registry,
  type View,
  viewOf,
} from "@kenh/ingest";
import { scopeSchema } from "@kenh/schemas";
import { type Access, openAccess } from "@kenh/schemas/node";
import { Option } from "commander";
import { Refusal } from "./output.ts";

/** The folder of the shipped data: quantities, profiles, rules, examples. */
const shippedData = fileURLToPath(new URL("../schemas/", import.meta.url));

/** Grafana's pages as they come with the program. */
export const dashboardsFolder = fileURLToPath(
  new URL("../grafana-plugin/provisioning/dashboards/ward/", import.meta.url),
);

/** The option that every command on a station's state has. */
export const dataOption = (): Option =>
  new Option("--data <dir>", "folder of the station's state").env("KENH_DATA").default("./data");

/** All quantities, profiles and rules: the shipped ones and, above them, those of the station's own folder. */
export const catalogueOf = (dataDir: string, ...between: string[]) =>
  loadCatalogue(shippedData, ...exampleOf(dataDir), ...between, resolve(dataDir));

/** The folder of the example ward, while a station runs on this folder that shows it: its rules are in force there. */
function exampleOf(dataDir: string): string[] {
  try {
    const { example } = JSON.parse(readFileSync(join(dataDir, "station.json"), "utf8"));
    return typeof example === "string" ? [example] : [];
  } catch {
    return []; // no station runs
  }
}

/** The option of commands that show what is in force for a province or a unit. */
export const unitOption = (): Option =>
  new Option("--unit <scope>", "a unit (82/29869) or a province (82); all of them when absent");

/** What is in force for a unit or a province; for all when absent. */
export function viewIn(dataDir: string, unit: string | undefined): View {
  const catalogue = catalogueOf(dataDir);
  if (unit === undefined) return catalogue;
  if (unit !== "*" && scopeSchema.safeParse(unit).success) return viewOf<View>(catalogue, unit);
  throw new Refusal(`${unit} is no unit: write 82/29869, or 82 for a province`, 2);
}

/** An origin in words. */
export function originWords(origin: Origin | undefined): string {
  if (!origin) return "";
  const { layer, file, overrides, differs } = origin;
  const instead = overrides ? `, instead of ${overrides}: ${differs.join(" ")}` : "";
  return `${layer} (${file}${instead})`;
}

/** A list of the registry that comes with the program. @throws Refusal naming those that there are */
export function referenceFile(name: string): string {
  const folder = join(shippedData, "reference");
  const names = readdirSync(folder).map((file) => file.replace(/\.yaml$/, ""));
  if (names.includes(name)) return join(folder, `${name}.yaml`);
  throw new Refusal(`there is no reference ${name}: there is ${names.join(", ")}`, 2);
}

/** Who acts at the command line: whoever may write in the station's folder is its administrator. */
export function commandLine(): Actor {
  const { username: name } = userInfo();
  return { address: null, token: "command-line", role: "admin", scope: "*", name };
}

/** Opens the accounts and tokens of a station, running or not. */
export function accessOf(dataDir: string): Access {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return openAccess(join(dataDir, "access.db"));
}

/** Opens the devices of a station, running or not. */
export function registryOf(dataDir: string): Registry {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return openRegistry(join(dataDir, "registry.db"), catalogueOf(dataDir));
}
