import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRegistry, readRegistryFiles, station, writeTables, writeYaml } from "@kenh/ingest";
import { temporaryFolder } from "../support/folder.ts";
import { devicesCsv, provinceDevices } from "../support/province-devices.ts";
import { shippedCatalogue } from "../support/registry.ts";

/** What registries of a province take: each step in a process of its own, as commands are. */
const steps = {
  nothing: "quantities, profiles and rules read, and no registry",
  import: "CSV read, checked, and stored as one change",
  again: "the same file: nothing to change",
  open: "a start: every device resolved",
  csv: "export to CSV",
  yaml: "export to YAML",
  undo: "the import taken back, as one change",
  follow: "a running process takes over a change of every device: all of it",
  slice: "the same: the longest that one message waits for it",
} as const;
type Step = keyof typeof steps;

interface Measured {
  readonly ms: number;
  readonly cpuMs: number;
  readonly mib: number;
}

/** How many devices there are; the lesser number shows that it works, and no figure worth reading. */
const [usual, tiny] = [20_000, 200];

/** Measures one step in this process and prints it. */
function run(step: Step, folder: string): void {
  const file = join(folder, "registry.db");
  const tables = join(folder, "tables");
  const catalogue = shippedCatalogue();
  const by = { actor: station, how: "import" };
  const bring = (registry: ReturnType<typeof openRegistry>) =>
    registry.change(readRegistryFiles([tables]), by);
  // What is there before the step begins is not counted.
  const held = step === "nothing" || step === "open" ? undefined : openRegistry(file, catalogue);
  const other = step === "follow" || step === "slice" ? openRegistry(file, catalogue) : undefined;
  if (other && step === "follow") bring(other);
  if (other && step === "slice") other.undo(other.history.last, by);

  const before = process.cpuUsage();
  const begun = performance.now();
  if (step === "import" || step === "again") held && bring(held);
  else if (step === "open") openRegistry(file, catalogue).close();
  else if (step === "csv") held && writeTables(held, join(folder, "out"));
  else if (step === "yaml") held && writeYaml(held, join(folder, "out.yaml"));
  else if (step === "undo") held?.undo(1, by);
  else if (step === "follow") held?.all();
  // A stranger is looked for in what is newest.
  else if (step === "slice") held?.find("82/1/nowhere/nobody");
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  const mib = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000, mib }));
}

/** Runs every step and prints a table. */
function main(count: number): void {
  using folder = temporaryFolder("kenh-registry-bench");
  mkdirSync(join(folder.path, "tables"));
  writeFileSync(join(folder.path, "tables/devices.csv"), devicesCsv(provinceDevices(count)));
  const [{ model } = { model: "unknown" }] = cpus();
  const lines = [
    `${count} devices, ${cpus().length} × ${model.trim()}, Node ${process.versions.node}`,
    "",
    "| step | ms | CPU ms | MiB at most | |",
    "|---|---|---|---|---|",
  ];
  for (const step of Object.keys(steps) as Step[]) {
    const script = fileURLToPath(import.meta.url);
    const { stdout, status, stderr } = spawnSync(
      process.execPath,
      [script, "--step", step, folder.path],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`${step}: ${stderr}`);
    const { ms, cpuMs, mib } = JSON.parse(stdout) as Measured;
    lines.push(
      `| ${step} | ${ms.toFixed(0)} | ${cpuMs.toFixed(0)} | ${mib.toFixed(0)} | ${steps[step]} |`,
    );
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

const [flag, step, folder] = process.argv.slice(2);
if (flag === "--step") run(step as Step, folder as string);
else main(flag === "--tiny" ? tiny : usual);
