import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { didYouMean } from "@kenh/ingest";
import { identitySchema, profileNamePattern, type Quantity } from "@kenh/schemas";
import type { Draft } from "@kenh/schemas/draft";
import { profileYaml } from "@kenh/schemas/draft/yaml";
import { Command } from "commander";
import { stringify } from "yaml";
import { print, Refusal, table } from "./output.ts";
import { capture } from "./profile-capture.ts";
import { catalogueOf, dataOption, originWords, unitOption, viewIn } from "./state.ts";

/** `kenh profile`: kinds of devices. */
export function profileCommand(): Command {
  const command = new Command("profile").description("device profiles");
  command
    .command("list")
    .description("show the profiles there are for all or for a unit, and where each comes from")
    .addOption(unitOption())
    .addOption(dataOption())
    .option("--json")
    .action(({ unit, data, json }) => {
      const view = viewIn(data, unit);
      const profiles = [...view.profiles.values()].map((profile) => ({
        ...profile,
        origin: view.origins.profiles.get(profile.name),
      }));
      print(json, { profiles }, () =>
        table(
          profiles.map(({ name, measurement, label, origin }) => [
            ...[name, measurement, label.vi],
            originWords(origin),
          ]),
        ),
      );
    });
  command
    .command("quantities")
    .description(
      "show what is measured and what is plausible for all or for a unit, and who says so",
    )
    .addOption(unitOption())
    .addOption(dataOption())
    .option("--json")
    .action(({ unit, data, json }) => {
      const view = viewIn(data, unit);
      const quantities = [...view.quantities.values()].map((quantity) => ({
        ...quantity,
        origin: view.origins.quantities.get(quantity.name),
      }));
      print(json, { quantities }, () =>
        table(
          quantities.map(({ name, unit: measure, min, max, label, origin }) => [
            ...[name, measure, `${min ?? "…"} – ${max ?? "…"}`, label.vi],
            originWords(origin),
          ]),
        ),
      );
    });
  command
    .command("draft <source>")
    .description(
      "propose quantity, unit and range for each point of a captured payload, a table of registers, a walk, a browse, a dump or what stands at an opc.tcp:// address",
    )
    .option("--profile <name>", "print it as a profile of that name")
    .option("--save <name>", "keep it as a profile of that name in the station's folder")
    .addOption(dataOption())
    .option("--json")
    .action(async (file: string, { data, json, profile, save }) => {
      const { draft } = await import("@kenh/schemas/draft");
      const text = await capture(file, AbortSignal.timeout(probeMs));
      const { quantities, classes } = catalogueOf(data);
      try {
        const drafted = draft(text, quantities);
        const yaml = (name: string): string =>
          profileYaml(drafted, { name, quantities, classOf: classIn(classes) });
        const saved = save && (await keep(data, save, yaml(save)));
        print(json, { ...drafted, ...(saved && { saved }) }, () => [
          ...(profile ? [yaml(profile).trimEnd()] : linesOf(drafted)),
          ...(saved ? [`saved as ${saved}`] : []),
        ]);
      } catch (error) {
        if (error instanceof RangeError) throw new Refusal(`${file} ${error.message}`);
        throw error;
      }
    });
  command
    .command("check <file>")
    .description("say what is wrong with a profile, by line, and run its samples; exit 1 when any")
    .addOption(dataOption())
    .option("--json")
    .action(async (file: string, { data, json }) => {
      const { faultsIn } = await import("./profile-check.ts");
      const faults = await faultsIn(file, catalogueOf(data));
      if (faults.length > 0) process.exitCode = 1;
      print(json, { faults }, () => faults);
    });
  command
    .command("entry <name>")
    .description("print the entry of an agent's drivers that reads a device of this profile")
    .requiredOption("--device <identity>", "whose readings they are")
    .requiredOption("--address <url>", "where it is, such as modbus://10.0.0.5?unit=1")
    .option("--node <name>", "of a LoRaWAN node: its devEui, or device_id of The Things Stack")
    .option("--zone <zone>", "where the clock of the device stands, such as Asia/Ho_Chi_Minh")
    .addOption(dataOption())
    .option("--json")
    .action(async (name: string, { device, address, node, zone, data, json }) => {
      const { profiles } = catalogueOf(data);
      const profile = profiles.get(name);
      if (!profile) {
        throw new Refusal(
          `there is no profile ${name}${didYouMean(name, profiles.keys())}: kenh profile list`,
        );
      }
      const { driverEntry } = await import("@kenh/edge-agent");
      try {
        const entry = await driverEntry(profile, {
          device: identitySchema.parse(device),
          address,
          ...(node && { node }),
          ...(zone && { zone }),
        });
        print(json, entry, () => [stringify([entry]).trimEnd()]);
      } catch (error) {
        if (error instanceof RangeError) throw new Refusal(error.message, 2);
        throw error;
      }
    });
  return command;
}

/** An OPC UA server of a machine has thousands of nodes. */
const probeMs = 60_000;

/**
 * Keeps a drafted profile, whole and without a fault, in the station's folder.
 * @returns its file
 * @throws Refusal when there is one of that name, or when nothing in it can be used.
 */
async function keep(data: string, name: string, yaml: string): Promise<string> {
  const file = join(resolve(data), "profiles", `${name}.yaml`);
  if (!profileNamePattern.test(name)) {
    throw new Refusal(`${name} is no name of a profile: use a-z, 0-9 and -`, 2);
  }
  if (existsSync(file)) throw new Refusal(`${file} is there: remove it, or choose another name`);
  const { faultsOf } = await import("../station/profile-check.ts");
  const faults = await faultsOf(yaml, catalogueOf(data));
  if (faults.length > 0) {
    throw new Refusal(
      faults.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"),
    );
  }
  mkdirSync(join(resolve(data), "profiles"), { recursive: true });
  writeFileSync(file, yaml);
  return file;
}

/** The class of a quantity. */
function classIn(classes: ReadonlyMap<string, readonly Quantity[]>) {
  return (quantity: string): string | undefined =>
    [...classes].find(([, members]) => members.some(({ name }) => name === quantity))?.[0];
}

function linesOf({ kind, points, unnamed, questions, time }: Draft): string[] {
  return [
    `${kind}: ${points.length} points${time ? `, time at ${time.path} (${time.format})` : ""}`,
    ...table(
      points.map((point) => [
        point.path,
        point.quantity,
        point.unit,
        `× ${point.scale}${point.offset === 0 ? "" : ` ${point.offset < 0 ? "−" : "+"} ${Math.abs(point.offset)}`}`,
        `${Math.round(point.confidence * 100)} %`,
      ]),
    ).map((line) => `  ${line}`),
    ...(questions.length > 0 ? ["to answer:"] : []),
    ...questions.map(({ path, ask }) => `  ${path}: ${ask}`),
    ...(unnamed.length > 0 ? ["not named:"] : []),
    ...unnamed.map(({ path, ask }) => `  ${path}: ${ask}`),
  ];
}
