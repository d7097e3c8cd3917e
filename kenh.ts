#!/usr/bin/env node
import { Command } from "commander";
import { adoptCommand } from "./commands/adopt.ts";
import { agentCommand } from "./commands/agent.ts";
import { alarmsCommand } from "./commands/alarms.ts";
import { brokerCommand } from "./commands/broker.ts";
import { caCommand } from "./commands/ca.ts";
import { destinationCommand } from "./commands/destination.ts";
import { deviceCommand } from "./commands/device.ts";
import { discoveredCommand } from "./commands/discovered.ts";
import { enrolCommand } from "./commands/enrol.ts";
import { ingestCommand } from "./commands/ingest.ts";
import { ledgerCommand } from "./commands/ledger.ts";
import { profileCommand } from "./commands/profile.ts";
import { programOf, runProgram } from "./commands/program.ts";
import { quarantineCommand } from "./commands/quarantine.ts";
import { registryCommand } from "./commands/registry.ts";
import { reportCommand } from "./commands/report.ts";
import { rulesCommand } from "./commands/rules.ts";
import { stationCommand } from "./commands/station.ts";
import { tokenCommand } from "./commands/token.ts";

// field hardware            edge-agent                 broker               ingest                                      grafana-plugin
// ─────────────  driver ▶ outbox ▶ publish ──MQTT──▶ identify ▶ permit ──▶ decode ▶ check ▶ spool ▶ PUBACK
// camera, level, (modbus, opcua, snmp, nut, camera,                                     └▶ batch ▶ store ──InfluxQL──▶ dashboards
// weather, power  sdi12, lorawan, mqtt, replay, simulate)                 └▶ quarantine   └▶ alarms ──stream──▶ alarm panel
//                  the shape of every arrow is defined once, in schemas/        ledger: every reading accounted for

const program = new Command("kenh").description("Telemetry of a ward, every reading accounted for");
for (const make of [
  stationCommand,
  brokerCommand,
  ingestCommand,
  agentCommand,
  deviceCommand,
  discoveredCommand,
  adoptCommand,
  enrolCommand,
  caCommand,
  profileCommand,
  registryCommand,
  quarantineCommand,
  ledgerCommand,
  destinationCommand,
  alarmsCommand,
  rulesCommand,
  reportCommand,
  tokenCommand,
]) {
  program.addCommand(make());
}
await runProgram(programOf(program));
