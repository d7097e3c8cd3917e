import { Command } from "commander";
import { loggerOf, untilStopped } from "./process.ts";
import { dataOption } from "./state.ts";

/** `kenh ingest`: the ingest alone, as a client of any broker. */
export function ingestCommand(): Command {
  return new Command("ingest")
    .description("run the ingest alone, behind the MQTT broker at KENH_BROKER_URL")
    .addOption(dataOption())
    .action(async ({ data }) => {
      const { configOf } = await import("@kenh/ingest");
      const { startStation } = await import("../station/station.ts");
      const config = configOf({ ...process.env, KENH_DOOR: "mqtt" }, data);
      // Whoever asks it to stop while it starts, or at its first word, gets a clean stop too.
      const stopped = untilStopped();
      const station = await startStation(config, { demo: false, log: loggerOf("ingest") });
      process.stdout.write(
        `${JSON.stringify({ ready: true, http: station.http, mqtt: station.mqtt })}\n`,
      );
      await stopped;
      await station.stop();
    });
}
