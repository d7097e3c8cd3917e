import { readFileSync } from "node:fs";
import { didYouMean } from "@kenh/ingest";
import { identitySchema, type Quantity } from "@kenh/schemas";
import type { Draft } from "@kenh/schemas/draft";
import { profileYaml } from "@kenh/schemas/draft/yaml";
import { Command } from "commander";
import { stringify } from "yaml";
import { print, Refusal, table } from "./output.ts";
import { catalogueOf, dataOption } from "./state.ts";

/** `kenh profile`: kinds of devices. */
export function profileCommand(): Command {
  const command = new Command("profile").description("device profiles");
  command
    .command("list")
    .description("show the profiles there are and what they measure")
    .addOption(dataOption())
    .option("--json")
    .action(({ data, json }) => {
      const profiles = [...catalogueOf(data).profiles.values()];
      print(json, { profiles }, () =>
        table(profiles.map(({ name, measurement, label }) => [name, measurement, label.vi])),
      );
    });
  command
    .command("draft <file>")
    .description(
      "propose quantity, unit and range for each point of a captured payload, a table of registers, a walk, a browse or a dump",
    )
    .option("--profile <name>", "print it as a profile of that name")
    .addOption(dataOption())
    .option("--json")
    .action(async (file: string, { data, json, profile }) => {
      const { draft } = await import("@kenh/schemas/draft");
      const text = read(file);
      const { quantities, classes } = catalogueOf(data);
      try {
        const drafted = draft(text, quantities);
        print(json, drafted, () =>
          profile
            ? [
                profileYaml(drafted, {
                  name: profile,
                  quantities,
                  classOf: classIn(classes),
                }).trimEnd(),
              ]
            : linesOf(drafted),
        );
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

/** The class of a quantity. */
function classIn(classes: ReadonlyMap<string, readonly Quantity[]>) {
  return (quantity: string): string | undefined =>
    [...classes].find(([, members]) => members.some(({ name }) => name === quantity))?.[0];
}

/** A captured file is small; a picture or a disk image is none. */
const maxBytes = 16 * 1024 * 1024;

function read(file: string): string {
  try {
    const bytes = readFileSync(file === "-" ? 0 : file);
    if (bytes.length > maxBytes) {
      throw new Refusal(`${file} has ${bytes.length} bytes: cut it to ${maxBytes} at most`, 2);
    }
    return bytes.toString("utf8");
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const refusal = new Refusal(`${file} can't be read (${(cause as Error).message})`, 2);
    refusal.cause = cause;
    throw refusal;
  }
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
