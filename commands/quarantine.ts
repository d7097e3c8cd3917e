import { type QuarantineItem, quarantineReasons } from "@kenh/schemas";
import { Command, Option } from "commander";
import { print, table, when } from "./output.ts";
import { ask, queryOf } from "./running.ts";
import { dataOption } from "./state.ts";

interface Listing {
  readonly total: number;
  readonly items: readonly QuarantineItem[];
}

const reasonOption = (): Option => new Option("--reason <reason>").choices([...quarantineReasons]);

/** `kenh quarantine`: what could not be stored, why, and another try. */
export function quarantineCommand(): Command {
  const command = new Command("quarantine").description("readings that were set aside");
  command
    .command("list")
    .description("newest first, with the reason of each")
    .addOption(reasonOption())
    .option("--device <identity>")
    .option("--limit <n>", "at most so many", "100")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ reason, device, limit, data, json }) => {
      const listing = await ask<Listing>(
        data,
        `/api/v1/quarantine${queryOf({ reason, device, limit })}`,
      );
      print(json, listing, () => [
        ...table(
          listing.items.map((i) => [
            i.id,
            when(i.receivedAt),
            i.reason,
            i.readings,
            i.device ?? "–",
            i.detail,
          ]),
        ),
        `${listing.items.length} of ${listing.total}`,
      ]);
    });
  command
    .command("show <id>")
    .description("one of them, whole")
    .addOption(dataOption())
    .option("--json")
    .action(async (id, { data, json }) => {
      const item = await ask<QuarantineItem>(data, `/api/v1/quarantine/${encodeURIComponent(id)}`);
      print(json, item, () =>
        Object.entries(item).map(([key, value]) => `${key.padEnd(10)}  ${value}`),
      );
    });
  command
    .command("replay <ids...>")
    .description("judge them again, once their cause is mended")
    .addOption(dataOption())
    .option("--json")
    .action(async (ids: string[], { data, json }) => {
      const results: object[] = [];
      for (const id of ids) {
        const path = `/api/v1/quarantine/${encodeURIComponent(id)}/replay`;
        results.push({ id: Number(id), ...(await ask<object>(data, path, { method: "POST" })) });
      }
      print(json, { results }, () => results.map((result) => JSON.stringify(result)));
    });
  command
    .command("purge <ids...>")
    .description("delete them for good")
    .addOption(dataOption())
    .option("--json")
    .action(async (ids: string[], { data, json }) => {
      const body = { ids: ids.map(Number) };
      const answer = await ask<{ purged: number }>(data, "/api/v1/quarantine/purge", {
        method: "POST",
        body,
      });
      print(json, answer, () => [`${answer.purged} deleted`]);
    });
  return command;
}
