import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { serialBinary, serialPackage, writeBundle } from "./bundle.ts";
import { buildDeb, type Compression } from "./deb.ts";
import { dependsOf } from "./needs.ts";
import { nodeFolder } from "./node-binary.ts";
import { copyright } from "./notices.ts";
import { type Architecture, architectures, readJson, root } from "./product.ts";

/** Serial ports, built by the library's authors against glibc. */
const serialPrebuilds: Readonly<Record<Architecture, string>> = {
  amd64: "linux-x64/@serialport+bindings-cpp.glibc.node",
  arm64: "linux-arm64/@serialport+bindings-cpp.armv8.glibc.node",
};

export interface PackageOptions {
  /** The folder that the package is written into. */
  readonly out: string;
  /** Seconds since 1970 that its files bear, as SOURCE_DATE_EPOCH. */
  readonly epoch: number;
  readonly compression: Compression;
}

/**
 * Builds the Debian package of the edge agent for one architecture, on a machine of any.
 *
 *   kenh-agent.ts ──▶ bundle ─┐
 *   Node, serial ports ───────┼──▶ tree ──▶ dpkg-deb
 *   files/, debian/ ──────────┘
 *
 * @returns the path of the package
 */
export async function packageAgent(
  architecture: Architecture,
  { out, epoch, compression }: PackageOptions,
): Promise<string> {
  const { version } = readJson<{ version: string }>("package.json");
  const tree = mkdtempSync(join(tmpdir(), "kenh-agent-"));
  try {
    const lib = join(tree, "usr/lib/kenh-agent");
    const doc = join(tree, "usr/share/doc/kenh-agent");
    cpSync(join(root, "packaging/files"), tree, { recursive: true });
    mkdirSync(doc, { recursive: true });
    const modules = await writeBundle(lib);
    writeFileSync(join(lib, "package.json"), `${JSON.stringify({ type: "module" })}\n`);
    const node = nodeFolder(architecture).path;
    cpSync(join(node, "bin/node"), join(lib, "node"));
    const serial = join(root, serialPackage, "prebuilds", serialPrebuilds[architecture]);
    cpSync(serial, join(lib, serialBinary));
    const licence = readFileSync(join(node, "LICENSE"), "utf8");
    writeFileSync(join(doc, "copyright"), copyright(modules, licence));
    cpSync(join(root, "packaging/README.md"), join(doc, "README.md"));
    mkdirSync(out, { recursive: true });
    const file = join(out, `kenh-agent_${version}_${architecture}.deb`);
    const deb = {
      name: "kenh-agent",
      version,
      architecture,
      depends: dependsOf([join(lib, "node"), serial].map((path) => readFileSync(path))),
      conffiles: ["/etc/kenh-agent/agent.yaml"],
      scripts: join(root, "packaging/debian"),
      tree,
    };
    buildDeb(deb, file, epoch, compression);
    return file;
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/**
 * When the product was last changed: SOURCE_DATE_EPOCH, else the last commit.
 * @throws Error when neither is there.
 */
function sourceDate(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  if (given !== undefined) {
    throw new Error(`SOURCE_DATE_EPOCH is ${JSON.stringify(given)}; it must be whole seconds`);
  }
  try {
    return Number(execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root }));
  } catch (cause) {
    throw new Error("no git history tells when this was changed; set SOURCE_DATE_EPOCH", { cause });
  }
}

const usage = `npm run package:agent -- [--arch amd64|arm64]... [--out DIR] [--report]

Builds the Debian package of the edge agent for both architectures, or for those named.
--out      folder of the packages; packaging/dist when absent
--report   also measures size, memory and start, and writes the table of packaging/README.md
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      arch: { type: "string", multiple: true },
      out: { type: "string" },
      report: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const out = resolve(values.out ?? join(root, "packaging/dist"));
  const wanted = architectures.filter((each) => values.arch?.includes(each) ?? true);
  const unknown = values.arch?.filter((each) => !wanted.some((known) => known === each)) ?? [];
  if (unknown.length > 0) {
    process.stderr.write(`--arch ${unknown.join(", ")}: use ${architectures.join(" or ")}\n`);
    return 2;
  }
  const epoch = sourceDate();
  const files: string[] = [];
  for (const architecture of wanted) {
    files.push(await packageAgent(architecture, { out, epoch, compression: "xz" }));
    process.stdout.write(`${files.at(-1)}\n`);
  }
  if (values.report) {
    // Measured against the counterparts of the tests, in a program of its own.
    const report = join(root, "test/packaging/report.ts");
    execFileSync(process.execPath, [report, ...files], { stdio: "inherit" });
  }
  return 0;
}

if (import.meta.main) process.exitCode = await main();
