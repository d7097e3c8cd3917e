#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { agentCommand } from "./commands/agent.ts";
import { alarmsCommand } from "./commands/alarms.ts";
import { brokerCommand } from "./commands/broker.ts";
import { deviceCommand } from "./commands/device.ts";
import { ingestCommand } from "./commands/ingest.ts";
import { ledgerCommand } from "./commands/ledger.ts";
import { Refusal } from "./commands/output.ts";
import { profileCommand } from "./commands/profile.ts";
import { quarantineCommand } from "./commands/quarantine.ts";
import { rulesCommand } from "./commands/rules.ts";
import { stationCommand } from "./commands/station.ts";
import { tokenCommand } from "./commands/token.ts";

// field hardware            edge-agent                 broker               ingest                                      grafana-plugin
// ─────────────  driver ▶ outbox ▶ publish ──MQTT──▶ identify ▶ permit ──▶ decode ▶ check ▶ spool ▶ PUBACK
// camera, level, (replay, simulate)                                                     └▶ batch ▶ store ──InfluxQL──▶ dashboards
// weather, power                                                          └▶ quarantine   └▶ alarms ──stream──▶ alarm panel
//                  the shape of every arrow is defined once, in schemas/        ledger: every reading accounted for

const program = new Command("kenh")
  .description("Telemetry of a ward, every reading accounted for")
  .version("0.1.0")
  .exitOverride()
  .showHelpAfterError("(--help shows what there is)");
for (const make of [
  stationCommand,
  brokerCommand,
  ingestCommand,
  agentCommand,
  deviceCommand,
  profileCommand,
  quarantineCommand,
  ledgerCommand,
  alarmsCommand,
  rulesCommand,
  tokenCommand,
]) {
  program.addCommand(make().exitOverride().copyInheritedSettings(program));
}

/** 0 done, 1 the answer is no, 2 wrong use. */
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`kenh: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof Refusal ? error.exitCode : 1;
  }
}
