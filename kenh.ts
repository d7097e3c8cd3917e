#!/usr/bin/env node
import { Command } from "commander";
import { programOf, runProgram } from "./commands/program.ts";

// field hardware            edge-agent                 broker               ingest                                      grafana-plugin
// ─────────────  driver ▶ outbox ▶ publish ──MQTT──▶ identify ▶ permit ──▶ decode ▶ check ▶ spool ▶ PUBACK
// camera, level, (modbus, opcua, snmp, nut, camera,                                     └▶ batch ▶ store ──InfluxQL──▶ dashboards
// weather, power  sdi12, lorawan, mqtt, replay, simulate)                 └▶ quarantine   └▶ alarms ──stream──▶ alarm panel
//                  the shape of every arrow is defined once, in schemas/        ledger: every reading accounted for

/** Each is loaded when it is asked for: a command that asks the station needs no broker. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  station: async () => (await import("./commands/station.ts")).stationCommand(),
  broker: async () => (await import("./commands/broker.ts")).brokerCommand(),
  ingest: async () => (await import("./commands/ingest.ts")).ingestCommand(),
  agent: async () => (await import("./commands/agent.ts")).agentCommand(),
  device: async () => (await import("./commands/device.ts")).deviceCommand(),
  discovered: async () => (await import("./commands/discovered.ts")).discoveredCommand(),
  adopt: async () => (await import("./commands/adopt.ts")).adoptCommand(),
  enrol: async () => (await import("./commands/enrol.ts")).enrolCommand(),
  ca: async () => (await import("./commands/ca.ts")).caCommand(),
  profile: async () => (await import("./commands/profile.ts")).profileCommand(),
  registry: async () => (await import("./commands/registry.ts")).registryCommand(),
  quarantine: async () => (await import("./commands/quarantine.ts")).quarantineCommand(),
  ledger: async () => (await import("./commands/ledger.ts")).ledgerCommand(),
  bridge: async () => (await import("./commands/bridge.ts")).bridgeCommand(),
  destination: async () => (await import("./commands/destination.ts")).destinationCommand(),
  alarms: async () => (await import("./commands/alarms.ts")).alarmsCommand(),
  dispatch: async () => (await import("./commands/dispatch.ts")).dispatchCommand(),
  handover: async () => (await import("./commands/handover.ts")).handoverCommand(),
  rules: async () => (await import("./commands/rules.ts")).rulesCommand(),
  report: async () => (await import("./commands/report.ts")).reportCommand(),
  token: async () => (await import("./commands/token.ts")).tokenCommand(),
};

const program = new Command("kenh").description("Telemetry of a ward, every reading accounted for");
const wanted = commands[process.argv[2] ?? ""];
for (const make of wanted ? [wanted] : Object.values(commands)) program.addCommand(await make());
await runProgram(programOf(program));
