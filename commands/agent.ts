import { Command } from "commander";
import { agentEnrol } from "./agent-enrol.ts";
import { agentFile, runOwn } from "./agent-own.ts";
import { agentPicture } from "./agent-picture.ts";
import { readingLines, sayOf } from "./agent-words.ts";
import { print, Refusal, table } from "./output.ts";
import { loggerOf, untilStopped } from "./process.ts";

/** `kenh agent`: reads field hardware and publishes it. */
export function agentCommand(): Command {
  const command = new Command("agent").description("run an edge agent, or try what it reads");
  command
    .command("run", { isDefault: true })
    .description("read the drivers of a configuration and publish what they give")
    .argument("[file]", "its configuration")
    .option("--config <file>", "the same")
    .option(
      "--data <dir>",
      "folder of a station: the agent that reads what was added with --connect",
    )
    .action(async (file, { config, data }) => {
      if (data !== undefined && file === undefined && config === undefined) {
        await runOwn(agentFile(data), loggerOf("agent"), stopSignal());
        return;
      }
      const { runAgent } = await import("@kenh/edge-agent");
      await runAgent({ config: fileOf(file, config), log: loggerOf("agent") }, stopSignal());
    });
  command
    .command("check")
    .description("say what is wrong with a configuration, by line, or else what it will do")
    .argument("[file]", "the configuration")
    .option("--config <file>", "the same")
    .option("--json")
    .action(async (file, { config, json }) => {
      const agent = await import("@kenh/edge-agent");
      const path = fileOf(file, config);
      const faults = await agent.checkConfig(path);
      if (faults.length > 0) process.exitCode = 1;
      const does =
        faults.length > 0 ? [] : await agent.explainAgentConfig(await agent.loadAgentConfig(path));
      print(json, { faults, does: does.filter(Boolean) }, () => [...faults, ...does]);
    });
  command
    .command("probe")
    .description(
      "connect once to an address or to each device of a configuration, and print what is there",
    )
    .argument("<target>", "an address such as nut://10.0.0.5/ups, or a configuration file")
    .option("--json")
    .action(async (target: string, { json }) => {
      const agent = await import("@kenh/edge-agent");
      const signal = stopSignal();
      const probed = await (/^[a-z][a-z\d.+-]*:\/\//i.test(target)
        ? agent.probeAddress(target, signal).then((one) => [one])
        : agent.probeConfig(await agent.loadAgentConfig(target), signal)
      ).catch((error: unknown) => {
        throw error instanceof agent.UnknownAddress ? new Refusal(error.message, 2) : error;
      });
      if (probed.some(({ error }) => error !== undefined)) process.exitCode = 1;
      print(json, probed, () =>
        probed.flatMap(({ target: of, kind, findings, error }) => [
          `${of} (${kind})${error ? `: ${error}` : findings ? "" : ": nothing to connect to"}`,
          ...table(
            (findings ?? []).map(({ point, value, note = "" }) => [
              `  ${point}`,
              String(value ?? "–"),
              note,
            ]),
          ),
        ]),
      );
    });
  command
    .command("watch")
    .description("print what the drivers of a configuration read, with its flags; publish nothing")
    .argument("[file]", "the configuration")
    .option("--config <file>", "the same")
    .option("--json", "a line for each sample")
    .action(async (file, { config, json }) => {
      const agent = await import("@kenh/edge-agent");
      const states = await agent.watchAgent(
        await agent.loadAgentConfig(fileOf(file, config)),
        {
          onSample: (sample) => print(json, sample, () => readingLines(sample)),
          log: sayOf(process.stderr),
        },
        stopSignal(),
      );
      for (const [name, { state, samples, lastError }] of states) {
        if (state !== "failing" && samples > 0) continue;
        process.stderr.write(`${name}: ${lastError ?? "gave nothing"}\n`);
        process.exitCode = 1;
      }
    });
  command.addCommand(agentEnrol());
  command.addCommand(agentPicture());
  return command;
}

/** Aborts at the first SIGINT or SIGTERM. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  void untilStopped().then(() => stopping.abort());
  return stopping.signal;
}

function fileOf(file: string | undefined, config: string | undefined): string {
  const path = file ?? config;
  if (path === undefined || (file !== undefined && config !== undefined)) {
    throw new Refusal("needs one configuration file: kenh agent <command> FILE", 2);
  }
  return path;
}
