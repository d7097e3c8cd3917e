import type { Alarm } from "@kenh/schemas";
import { Command } from "commander";
import { print, table, when } from "./output.ts";
import { ask } from "./running.ts";
import { dataOption } from "./state.ts";

/** `kenh alarms`: what needs the operator. */
export function alarmsCommand(): Command {
  const command = new Command("alarms").description("alarms");
  command
    .command("list", { isDefault: true })
    .description("show the alarms there are")
    .option("--state <state>")
    .option("--unit <unit>", "province/unit")
    .option("--priority <n>", "1 to 4")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ state, unit, priority, data, json }) => {
      const given = Object.entries({ state, unit, priority }).filter(
        ([, value]) => value !== undefined,
      );
      const answer = await ask<{ alarms: Alarm[]; revision: number }>(
        data,
        `/api/v1/alarms?${new URLSearchParams(given as [string, string][])}`,
      );
      print(json, answer, () =>
        table(
          answer.alarms.map((a) => [
            a.priority,
            a.state,
            when(a.raisedAt),
            a.device,
            a.rule,
            a.message.vi,
          ]),
        ),
      );
    });
  return command;
}
