import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { noInfluxd } from "../support/influxd.ts";
import { type GoalName, goals, type Row, reaches, reportRow } from "./goals.ts";
import { alarmCost, alarmLatency } from "./measure/alarms.ts";
import { codec } from "./measure/codec.ts";
import { crash } from "./measure/crash.ts";
import { frozen } from "./measure/frozen.ts";
import { growth } from "./measure/growth.ts";
import { latency } from "./measure/latency.ts";
import { memory } from "./measure/memory.ts";
import { refusal } from "./measure/refusal.ts";
import { throughput } from "./measure/throughput.ts";
import { writer } from "./measure/writer.ts";
import { table, writePage } from "./report.ts";
import { startRig } from "./rig.ts";
import { type Sizes, sizes } from "./sizes.ts";

const usage = `npm run bench -- [options]   (docs/performance.md)
  --json              for a program: [{"goal","value","good","aim","holds"}]
  --quick             fewer rounds, less steady
  --tiny              some seconds: shows that it works
  --memory-minutes N  how long the memory is watched
  --connections       10,000 connected devices on one broker besides
  --neighbours        what others notice of a unit at 50 times its quota, and nothing else
  --painted           from MQTT to the painted alarm in a browser besides
  --panel             what the alarm panel costs a browser besides
  --scale             what each process costs for a message, in one station and scaled out, and nothing else
  --decode            what a vendor's decoder costs in the agent, and nothing else
  --registry          what 20,000 devices cost to bring in and out, and nothing else
  --write             writes the table into docs/performance.md
Exit 0: every goal is reached; 1: one is not.`;

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean" },
    quick: { type: "boolean" },
    tiny: { type: "boolean" },
    "memory-minutes": { type: "string" },
    connections: { type: "boolean" },
    neighbours: { type: "boolean" },
    painted: { type: "boolean" },
    panel: { type: "boolean" },
    decode: { type: "boolean" },
    scale: { type: "boolean" },
    registry: { type: "boolean" },
    write: { type: "boolean" },
    help: { type: "boolean" },
  },
});

/** Runs every measurement, and says on standard error how far it is. */
async function measure(chosen: Sizes): Promise<Row[]> {
  const rows: Row[] = [];
  const add = (...more: Row[]): void => {
    rows.push(...more);
    for (const { name, value, about } of more)
      process.stderr.write(`${goals[name].goal}: ${value.toFixed(3)} (${about})\n`);
  };
  {
    await using rig = await startRig(chosen.devices);
    await rig.connect(chosen.devices);
    const { rows: rates, saturation } = await throughput(rig, chosen);
    add(...rates);
    add(await latency(rig, chosen, saturation));
    add(await alarmLatency(rig, chosen, saturation));
    add(await frozen(rig, chosen));
    add(await memory(rig, chosen));
    const astray = await rig.astray();
    if (astray > 0)
      throw new Error(`${astray} readings did not go to the store: the load is wrong`);
    add(await writer(rig, chosen));
    add(await refusal(rig, chosen));
  }
  add(await codec(chosen));
  add(await crash(chosen));
  add(await growth(chosen));
  add(...alarmCost(chosen));
  const order = Object.keys(goals) as GoalName[];
  return rows.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** A measurement of its own, with its own output. */
function besides(file: string, ...args: string[]): void {
  const script = fileURLToPath(new URL(file, import.meta.url));
  if (!existsSync(script)) throw new Error(`${script} is missing`);
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  if (options.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  if (options.decode) {
    besides("decode.ts", ...(options.tiny ? ["--tiny"] : []));
    return;
  }
  if (options.scale) {
    besides("scale.ts", ...(options.tiny ? ["--tiny"] : []));
    return;
  }
  if (options.registry) {
    besides("registry.ts", ...(options.tiny ? ["--tiny"] : []));
    return;
  }
  if (options.neighbours) {
    besides("neighbours.ts", ...(options.tiny ? ["--tiny"] : []));
    return;
  }
  const absent = noInfluxd();
  if (absent) throw new Error(absent);
  const size = options.tiny ? "tiny" : options.quick ? "quick" : "usual";
  const minutes = Number(options["memory-minutes"] ?? 0);
  const chosen = { ...sizes[size], ...(minutes > 0 && { memorySeconds: minutes * 60 }) };
  const rows = await measure(chosen);
  process.stdout.write(
    options.json ? `${JSON.stringify(rows.map(reportRow))}\n` : `${table(rows)}\n`,
  );
  if (options.write) {
    const given = process.argv.slice(2).filter((word) => word !== "--write");
    writePage(
      rows,
      new Date(),
      ["npm run bench", ...(given.length > 0 ? ["--", ...given] : [])].join(" "),
    );
  }
  if (options.connections) besides("../broker/connections.ts", "--clients", "10000");
  if (options.painted) besides("../console/painted.ts");
  if (options.panel) besides("../console/panel-cost.ts");
  if (rows.some(({ name, value }) => !reaches(name, value, goals[name].good))) process.exitCode = 1;
}

await main();
