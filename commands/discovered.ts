import { userInfo } from "node:os";
import { Command } from "commander";
import { print, table, when } from "./output.ts";
import { ask } from "./running.ts";
import { dataOption } from "./state.ts";

interface Found {
  readonly id: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly messages: number;
  readonly readings: number;
  readonly refused: number;
  readonly sample: { readonly payload: string } | null;
  readonly guess: readonly { readonly profile: string; readonly confidence: number }[];
  readonly sender: string | null;
  readonly registered: boolean;
}

/** `kenh discovered`: devices that send and that nobody has registered. */
export function discoveredCommand(): Command {
  const command = new Command("discovered").description(
    "devices that send and that nobody has registered (kenh adopt registers one)",
  );
  command
    .command("list", { isDefault: true })
    .description("show them, the newest first")
    .option("--ignored", "those that are ignored")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ ignored, data, json }) => {
      const answer = await ask<{ discovered: readonly Found[] }>(
        data,
        `/api/v1/discovered?ignored=${ignored === true}`,
      );
      print(json, answer, () => answer.discovered.flatMap(linesOf));
    });
  command
    .command("ignore <identity>")
    .description("do not show it any more; what it sends goes on waiting, within its bound")
    .option("--undo", "show it again")
    .option("--purge", "delete for good what waits of it")
    .addOption(dataOption())
    .option("--json")
    .action(async (identity: string, { undo, purge, data, json }) => {
      const answer = await ask<{ purged: number }>(data, "/api/v1/discovered/ignore", {
        method: "POST",
        body: {
          ...{ identity, name: userInfo().username },
          ignored: undo !== true,
          purge: purge === true,
        },
      });
      print(json, answer, () => [
        `${identity} is ${undo ? "shown again" : "ignored"}${purge ? `, ${answer.purged} messages deleted` : ""}`,
      ]);
    });
  return command;
}

function linesOf(found: Found): string[] {
  const { id, messages, readings, refused, guess, sender, registered } = found;
  const may = guess.map(({ profile, confidence }) => `${profile} ${confidence}`).join(", ");
  return [
    id,
    ...table([
      ["  seen", `${when(found.firstSeenAt)} – ${when(found.lastSeenAt)}`],
      [
        "  waits",
        `${messages} messages, ${readings} readings${refused ? `; ${refused} refused` : ""}`,
      ],
      ["  sample", (found.sample?.payload ?? "").slice(0, 120)],
      ["  profile", registered ? "registered by now" : may || "nothing tells it"],
      ["  sender", sender ?? "its own account"],
    ]),
  ];
}
