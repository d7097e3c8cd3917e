import { Command } from "commander";
import { print, table } from "./output.ts";
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
  return command;
}
