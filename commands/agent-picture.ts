import { existsSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { print, Refusal, table, when } from "./output.ts";
import { untilStopped } from "./process.ts";

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3600_000 };

/** Who sits there, also behind sudo. */
const whoami = (): string => process.env.SUDO_USER ?? userInfo().username;

/** `90s`, `15m`, `2h` in milliseconds. */
function lifeOf(text: string): number {
  const [, count, unit = ""] = /^(\d+)([smh])$/.exec(text) ?? [];
  const ms = Number(count) * (unitsMs[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError("say for how long: 90s, 15m, 2h");
  return ms;
}

const agentPackage = () => import("@kenh/edge-agent");

async function albumOf(config: string) {
  const { albumIn, loadAgentConfig } = await agentPackage();
  return albumIn((await loadAgentConfig(config)).dataDir, Date.now);
}

const withConfig = (command: Command): Command =>
  command.requiredOption("--config <file>", "the agent's configuration");
const withPurpose = (command: Command): Command =>
  command
    .requiredOption("--purpose <text>", "what the picture is for; it stands in the access log")
    .option("--by <name>", "who asks; the account when absent", whoami());

/** `kenh agent picture`: a picture of a camera on demand, for a purpose, for a while, logged. */
export function agentPicture(): Command {
  const command = new Command("picture").description(
    "take a picture of a camera for a purpose; it is deleted after a while, and all is logged",
  );
  withPurpose(
    withConfig(
      command
        .command("take", { isDefault: true })
        .description("fetch one picture and keep it in the agent's folder until its time is over")
        .argument("<device>", "the camera, as the configuration names it"),
    ),
  )
    .option("--for <life>", "how long it is kept, at most 24h", lifeOf, 15 * 60_000)
    .option("--json")
    .action(async (device: string, { config, purpose, by, for: lifeMs, json }) => {
      const { loadAgentConfig, takePicture } = await agentPackage();
      const stopping = new AbortController();
      void untilStopped().then(() => stopping.abort());
      const agent = await loadAgentConfig(config);
      const card = await takePicture(agent, device, { by, purpose }, lifeMs, stopping.signal);
      print(json, card, () => [
        `${card.id}: ${card.bytes} bytes, kept until ${when(card.until)}`,
        `to look at it: kenh agent picture export ${card.id} FILE --config ${config} --purpose …`,
      ]);
    });
  withConfig(command.command("list").description("the pictures that are kept"))
    .option("--json")
    .action(async ({ config, json }) => {
      const pictures = (await albumOf(config)).list();
      print(json, { pictures }, () =>
        table(
          pictures.map(({ id, device, takenAt, until, by, purpose }) => [
            ...[id, device, when(takenAt), `until ${when(until)}`, by, purpose],
          ]),
        ),
      );
    });
  withPurpose(
    withConfig(
      command
        .command("export")
        .description("write a copy for yourself alone; from then on it is in your hands")
        .argument("<id>")
        .argument("<file>", "must not be there yet"),
    ),
  ).action(async (id: string, file: string, { config, purpose, by }) => {
    if (existsSync(file)) throw new Refusal(`${file} is there already: name another`);
    const album = await albumOf(config);
    const picture = album.export(id, { by, purpose }, resolve(file));
    writeFileSync(file, picture, { mode: 0o600, flag: "wx" });
    process.stdout.write(`${file}: delete it yourself when its purpose is served\n`);
  });
  withConfig(
    command.command("delete").description("delete a picture before its time").argument("<id>"),
  )
    .option("--by <name>", "who asks; the account when absent", whoami())
    .action(async (id: string, { config, by }) => {
      (await albumOf(config)).delete(id, by);
      process.stdout.write(`${id} is deleted\n`);
    });
  withConfig(
    command.command("log").description("who asked for, took, exported and deleted which picture"),
  )
    .option("--json")
    .action(async ({ config, json }) => {
      const entries = (await albumOf(config)).log.entries();
      print(json, { entries }, () =>
        table(
          entries.map(({ at, event, device, picture = "–", by, purpose, detail = "" }) => [
            ...[when(Date.parse(at)), event, device, picture, by, purpose, detail],
          ]),
        ),
      );
    });
  return command;
}
