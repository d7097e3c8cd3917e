#!/usr/bin/env node
import { agentCommand } from "./commands/agent.ts";
import { programOf, runProgram } from "./commands/program.ts";

// The agent as a program of its own, for gateways: nothing of the station is loaded or shipped.
await runProgram(programOf(agentCommand().name("kenh-agent")));
