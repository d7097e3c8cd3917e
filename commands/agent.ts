import { Command } from "commander";
import { loggerOf, untilStopped } from "./process.ts";

/** `kenh agent`: reads field hardware and publishes it. */
export function agentCommand(): Command {
  const command = new Command("agent").description("run an edge agent");
  command
    .command("run", { isDefault: true })
    .description("read the drivers of a configuration and publish what they give")
    .requiredOption("--config <file>", "its configuration")
    .action(async ({ config }) => {
      const { runAgent } = await import("@kenh/edge-agent");
      const stopping = new AbortController();
      void untilStopped().then(() => stopping.abort());
      await runAgent({ config, log: loggerOf("agent") }, stopping.signal);
    });
  command
    .command("check")
    .description("explain what is wrong with a configuration; exit 1 when something is")
    .requiredOption("--config <file>")
    .action(async ({ config }) => {
      const { loadAgentConfig } = await import("@kenh/edge-agent");
      const { name, identity, drivers } = await loadAgentConfig(config);
      process.stdout.write(`${name} (${identity}): ${drivers.length} drivers, nothing wrong\n`);
    });
  return command;
}
