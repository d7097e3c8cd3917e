import type { Lead } from "@kenh/ingest";
import { Command, Option } from "commander";
import { loggerOf, untilStopped } from "./process.ts";
import { dataOption } from "./state.ts";

/** `kenh ingest`: the ingest alone, as a client of any broker. */
export function ingestCommand(): Command {
  return new Command("ingest")
    .description("run the ingest alone, behind the MQTT broker at KENH_BROKER_URL")
    .addOption(dataOption())
    .addOption(
      new Option(
        "--alarms <who>",
        "where several share one stream: off stores its part and judges none; only judges all of it, beside standbys, and stores no readings",
      ).choices(["on", "off", "only"]),
    )
    .option("--take-over", "with --alarms only: lead, though another may know more", false)
    .action(async ({ data, alarms, takeOver }) => {
      const { configOf, startEngine } = await import("@kenh/ingest");
      const { startStation } = await import("../station/station.ts");
      const given = { ...(alarms && { KENH_ALARMS: alarms }), KENH_DOOR: "mqtt" };
      const config = configOf({ ...process.env, ...given }, data);
      // Whoever asks it to stop while it starts, or at its first word, gets a clean stop too.
      const stopped = untilStopped();
      const log = loggerOf("ingest");
      const say = (http: string) =>
        process.stdout.write(`${JSON.stringify({ ready: true, http, mqtt: null })}\n`);
      if (config.alarms === "only") {
        const start = (lead: Lead) => startStation(config, { demo: false, log, lead });
        const engine = await startEngine({ config, takeOver, log, start });
        say(engine.http);
        await Promise.race([stopped, engine.ended]);
        return engine.stop();
      }
      const station = await startStation(config, { demo: false, log });
      say(station.http);
      await stopped;
      await station.stop();
    });
}
