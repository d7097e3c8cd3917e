/**
 * Builds the plugin and the console when they are missing or older than their sources. Run before
 * start and test. Where the development dependencies are absent it says so in one line and is done:
 * a station runs without its console.
 */
import { spawnSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const built = "grafana-plugin/dist-console/index.html";
const sources = [
  "grafana-plugin/{src,console}/**/*",
  "grafana-plugin/{.swcrc,package.json,tsconfig.json,webpack.config.ts}",
];

/** Milliseconds of the last change; 0 for what is not there. */
function changedAt(path: string): number {
  return statSync(root + path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isInstalled(packageName: string): boolean {
  try {
    import.meta.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}

const newest = Math.max(...globSync(sources, { cwd: root }).map(changedAt));
if (changedAt(built) < newest) {
  if (!["webpack", "vite", "@grafana/data"].every(isInstalled)) {
    console.error("The console is not built: npm ci (with development dependencies) builds it.");
  } else {
    const startedAt = performance.now();
    const { status, stdout, stderr } = spawnSync(
      "npm",
      ["run", "build", "--silent", "--workspace", "grafana-plugin"],
      { cwd: root, encoding: "utf8" },
    );
    if (status === 0) {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.error(`The console was built in ${seconds} s.`);
    } else {
      console.error(`${stdout}${stderr}The console could not be built.`);
      process.exitCode = 1;
    }
  }
}
