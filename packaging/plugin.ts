import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { type Zippable, zipSync } from "fflate";
import { pluginFaults } from "./plugin-check.ts";
import { readJson, root } from "./product.ts";

/** The folder that the build of the plugin fills. */
export const pluginFolder = join(root, "grafana-plugin/dist");

/** A date that a zip can hold: its times begin in 1980. */
const earliestEpoch = Date.UTC(1980, 0, 1) / 1000;

/**
 * Packs the built Grafana app as Grafana's catalogue wants it: one folder by the name of its id. The
 * same files give the same bytes.
 * @param epoch seconds since 1970 that its files bear, as SOURCE_DATE_EPOCH
 */
export function packPlugin(folder: string, epoch: number): { name: string; bytes: Uint8Array } {
  const text = readFileSync(join(folder, "plugin.json"), "utf8");
  const { id, info } = JSON.parse(text) as { id: string; info: { version: string } };
  const mtime = new Date(Math.max(epoch, earliestEpoch) * 1000);
  const files: Zippable = {};
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const file = join(folder, path);
    if (!statSync(file).isFile()) continue;
    files[`${id}/${relative(folder, file)}`] = [readFileSync(file), { mtime, attrs: 0o644 << 16 }];
  }
  return { name: `${id}-${info.version}.zip`, bytes: zipSync(files, { level: 9 }) };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { out: { type: "string", default: join(root, "packaging/dist") } },
  });
  const { name, bytes } = packPlugin(pluginFolder, Number(process.env.SOURCE_DATE_EPOCH ?? 0));
  const faults = pluginFaults(name, bytes, readJson<{ version: string }>("package.json").version);
  for (const { check, what } of faults) process.stderr.write(`${check}: ${what}\n`);
  if (faults.length > 0) process.exit(1);
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, name), bytes);
  process.stdout.write(`${join(values.out, name)}, ${Math.round(bytes.length / 1024)} KiB\n`);
}
