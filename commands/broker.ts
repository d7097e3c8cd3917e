import { configOf } from "@kenh/ingest";
import { Command } from "commander";
import { loggerOf, untilStopped } from "./process.ts";
import { accessOf, dataOption } from "./state.ts";

/** `kenh broker`: the broker alone. */
export function brokerCommand(): Command {
  return new Command("broker")
    .description("run the broker alone, for readers and an ingest elsewhere")
    .addOption(dataOption())
    .action(async ({ data }) => {
      const { runBroker } = await import("@kenh/broker");
      const { brokerConfigOf } = await import("../station/station.ts");
      const { authorityOf } = await import("../station/authority.ts");
      const stopping = new AbortController();
      void untilStopped().then(() => stopping.abort());
      const access = accessOf(data);
      const own = configOf(process.env, data);
      const config = brokerConfigOf(own, await authorityOf(own.dataDir, own.host));
      await runBroker({ config, access, log: loggerOf("broker") }, stopping.signal);
      access.close();
    });
}
