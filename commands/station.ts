import { Command } from "commander";
import { loggerOf, untilStopped } from "./process.ts";
import { dataOption } from "./state.ts";

/** `kenh station`: a whole ward in one process tree. */
export function stationCommand(): Command {
  return new Command("station")
    .description("run a whole ward: broker, ingest, store, console")
    .addOption(dataOption())
    .option("--no-demo", "without the simulated ward of the example")
    .action(async ({ data, demo }) => {
      const { configOf } = await import("@kenh/ingest");
      const { startStation } = await import("../station/station.ts");
      const log = loggerOf("station");
      // Whoever asks it to stop while it starts, or at its first word, gets a clean stop too.
      const stopped = untilStopped();
      const station = await startStation(configOf(process.env, data), { demo, log });
      process.stdout.write(
        `${JSON.stringify({ ready: true, http: station.http, mqtt: station.mqtt })}\n`,
      );
      await stopped;
      await station.stop();
    });
}
