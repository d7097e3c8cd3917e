import { readFileSync } from "node:fs";
import type { Draft } from "@kenh/schemas/draft";
import { Command } from "commander";
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
    .addOption(dataOption())
    .option("--json")
    .action(async (file: string, { data, json }) => {
      const { draft } = await import("@kenh/schemas/draft");
      const text = read(file);
      try {
        const drafted = draft(text, catalogueOf(data).quantities);
        print(json, drafted, () => linesOf(drafted));
      } catch (error) {
        if (error instanceof RangeError) throw new Refusal(`${file} ${error.message}`);
        throw error;
      }
    });
  return command;
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
