import { join, relative } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { root } from "./product.ts";

/** Asked for in a `try` by a library that does without it. */
const absentModules = ["proper-lockfile"];

/** The agent, its drivers, what all parts agree on, and the one command: nothing of the station. */
const ours = /^(kenh-agent\.ts$|package\.json$|commands\/|edge-agent\/|schemas\/)/;

/** The package whose binary makes serial ports work. */
export const serialPackage = "node_modules/@serialport/bindings-cpp";
/** Where the bundle looks for that binary, from the folder of the bundle. */
export const serialBinary = "serialport.node";

/**
 * Writes the agent as a folder of ES modules, the same for every architecture: a driver and its
 * library are chunks of their own, which are loaded when a configuration names the driver.
 * @returns the modules that went into it, from the root of the repository
 * @throws Error when a module does not resolve, or a part other than the agent would come along.
 */
export async function writeBundle(folder: string): Promise<readonly string[]> {
  const build = await rolldown({
    cwd: root,
    input: { "kenh-agent": join(root, "kenh-agent.ts") },
    platform: "node",
    external: absentModules,
    plugins: [threads, serial],
    onLog(level, log, pass) {
      if (log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
      pass(level, log);
    },
  });
  const { output } = await build.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    // Readable: a stack trace from a gateway has to say something.
    minify: false,
  });
  await build.close();
  const ids = new Set(output.flatMap((each) => (each.type === "chunk" ? each.moduleIds : [])));
  const modules = [...ids].filter((id) => id.startsWith(root)).map((id) => relative(root, id));
  const strays = modules.filter((file) => !file.includes("node_modules/") && !ours.test(file));
  if (strays.length > 0) {
    throw new Error(
      `the agent would ship ${strays.join(", ")}; it may import edge-agent, schemas and its command alone`,
    );
  }
  return modules.sort();
}

const threadPattern = /new URL\("([\w./-]+\.ts)", import\.meta\.url\)/g;

/** A file that is named by its URL is where a thread begins: it becomes an entry of its own. */
const threads: Plugin = {
  name: "threads",
  transform(code, id) {
    if (!id.endsWith(".ts") || !code.includes("new URL(")) return null;
    return code.replaceAll(threadPattern, (_, file: string) => {
      const reference = this.emitFile({ type: "chunk", id: join(id, "..", file) });
      return `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
    });
  },
};

/** What looks for its binary among those of all platforms is told where the right one lies. */
const serial: Plugin = {
  name: "serial",
  resolveId(source, importer) {
    if (source !== "node-gyp-build") return null;
    throw new Error(`${importer} needs a binary that the package does not ship`);
  },
  load(id) {
    if (!id.endsWith(`${serialPackage}/dist/serialport-bindings.js`)) return null;
    // Chunks lie one folder deeper.
    return `import { createRequire } from "node:module";
export const binding = createRequire(import.meta.url)("../${serialBinary}");`;
  },
};
