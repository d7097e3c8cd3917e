import { unitScopeSchema } from "@kenh/schemas";
import { Command } from "commander";
import { print, Refusal, table, when } from "./output.ts";
import { ask } from "./running.ts";
import { accessOf, dataOption } from "./state.ts";

interface Ward {
  readonly unit: string;
  readonly connected: boolean;
  readonly since: number | null;
}

/** `kenh bridge`: units that have a station of their own, which reports to this one. */
export function bridgeCommand(): Command {
  const command = new Command("bridge").description(
    "units whose own stations judge their devices and report here",
  );
  command
    .command("add <unit>")
    .description("let the station of province/unit report here; its password is shown once")
    .addOption(dataOption())
    .option("--json")
    .action(async (unit, { data, json }) => {
      const parsed = unitScopeSchema.safeParse(unit);
      if (!parsed.success) throw new Refusal(`unit ${unit} ${parsed.error.issues[0]?.message}`, 2);
      const access = accessOf(data);
      try {
        const password = await access.addAccount(unit, []);
        access.bridges.add(unit, unit);
        print(json, { unit, username: unit, password }, () => [
          `KENH_BRIDGE_UNIT=${unit}`,
          `KENH_BRIDGE_PASSWORD=${password}`,
        ]);
      } finally {
        access.close();
      }
    });
  command
    .command("list")
    .description(
      "show the units that have a station of their own, and whether it has a line to here",
    )
    .addOption(dataOption())
    .option("--json")
    .action(async ({ data, json }) => {
      const found = await ask<{ wards: readonly Ward[] }>(data, "/api/v1/wards");
      print(json, found, () =>
        table(
          found.wards.map(({ unit, connected, since }) => [
            ...[unit, connected ? "connected" : "no line"],
            since === null ? "" : `since ${when(since)}`,
          ]),
        ),
      );
    });
  command
    .command("remove <unit>")
    .description("judge the devices of the unit here again; what its station reported stays")
    .addOption(dataOption())
    .action((unit, { data }) => {
      const access = accessOf(data);
      const removed = access.bridges.units().includes(unit) && access.removeAccount(unit);
      access.close();
      if (!removed) throw new Refusal(`there is no bridge of ${unit}: kenh bridge list`);
    });
  return command;
}
