import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "../support/folder.ts";
import { type Measured, measure } from "./measure.ts";
import { unpack } from "./unpacked.ts";

const page = new URL("../../packaging/README.md", import.meta.url);
const marks = ["<!-- measured: begin -->", "<!-- measured: end -->"] as const;

/** A package as it is sent and as it lies on a disk. */
export interface Size {
  readonly architecture: string;
  readonly debBytes: number;
  readonly installedBytes: number;
}

/** What an agent may take, in bytes: the core, and with its largest driver. */
function boundOf(drivers: string): number | undefined {
  if (drivers === "none") return 100 * 1024 ** 2;
  return drivers === "opcua" ? 160 * 1024 ** 2 : undefined;
}

/** Two tables in Markdown. */
export function tables(sizes: readonly Size[], measured: readonly Measured[]): string {
  const mib = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return [
    "| package | .deb | installed |",
    "|---|---|---|",
    ...sizes.map((each) => {
      const { architecture, debBytes, installedBytes } = each;
      return `| ${architecture} | ${mib(debBytes)} | ${mib(installedBytes)} |`;
    }),
    "",
    "| drivers | resident memory | CPU of one core | readings/s | start |",
    "|---|---|---|---|---|",
    ...measured.map((each) => {
      const { drivers, residentBytes, cpuPct, readingsPerSecond, startMs } = each;
      const bound = boundOf(drivers);
      const over = bound !== undefined && residentBytes > bound ? ` (**over ${mib(bound)}**)` : "";
      const cells = [
        ...[drivers, `${mib(residentBytes)}${over}`, `${cpuPct.toFixed(1)} %`],
        ...[readingsPerSecond.toFixed(1), `${(startMs / 1000).toFixed(2)} s`],
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ].join("\n");
}

/** Puts the text between the marks of a page. @throws Error when the page has lost them. */
export function between(whole: string, text: string): string {
  const [from, to] = marks.map((mark) => whole.indexOf(mark)) as [number, number];
  if (from < 0 || to < from) throw new Error(`there is no ${marks.join(" … ")} in the page`);
  return `${whole.slice(0, from)}${marks[0]}\n${text}\n${whole.slice(to)}`;
}

/** Measures packages, of which one is for this machine, and writes the table of the README. */
async function main(debs: readonly string[]): Promise<void> {
  using folder = temporaryFolder("packaging-report");
  const field = (deb: string, name: string) =>
    execFileSync("dpkg-deb", ["--field", deb, name], { encoding: "utf8" }).trim();
  const sizes = debs.map((deb) => ({
    architecture: field(deb, "Architecture"),
    debBytes: statSync(deb).size,
    installedBytes: Number(field(deb, "Installed-Size")) * 1024,
  }));
  const own = process.arch === "x64" ? "amd64" : process.arch;
  const deb = debs[sizes.findIndex(({ architecture }) => architecture === own)];
  if (!deb) throw new Error(`none of the packages is for ${own}, and only such a one runs here`);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const measured = await measure(unpack(deb, join(folder.path, "root")), say);
  const text = tables(sizes, measured);
  const [{ model } = { model: "unknown" }] = cpus();
  // Of what else the machine did the start tells more than of the agent.
  const load = loadavg()[0]?.toFixed(1);
  const date = new Date().toISOString().slice(0, 10);
  const about = `Measured ${date} on ${cpus().length} × ${model.trim()}, ${own}, at a load of ${load}.`;
  process.stdout.write(`${about}\n\n${text}\n`);
  writeFileSync(page, between(readFileSync(page, "utf8"), `${about}\n\n${text}\n`));
  if (text.includes("**over")) process.exitCode = 1;
}

if (import.meta.main) await main(process.argv.slice(2));
