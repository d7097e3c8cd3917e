import { watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Log } from "@kenh/edge-agent";

/** The configuration of the agent that runs beside the station, on the same machine. */
export const agentFile = (dataDir: string): string => join(dataDir, "agent", "agent.yaml");

/**
 * Runs the agent of a configuration, and begins again with what stands there when it changes: a device that
 * is added needs nothing else. A file that can't be used leaves the agent as it was.
 * @throws ConfigError when the configuration can't be used from the start.
 */
export async function runOwn(file: string, log: Log, signal: AbortSignal): Promise<void> {
  const { checkConfig, runAgent } = await import("@kenh/edge-agent");
  let changed = new AbortController();
  const watcher = watch(dirname(file), (_, name) => {
    if (name !== basename(file)) return;
    void checkConfig(file).then((faults) => {
      if (faults.length === 0) changed.abort();
      else log.error({ faults }, "the changed configuration can't be used; the last one stays");
    });
  });
  try {
    while (!signal.aborted) {
      changed = new AbortController();
      await runAgent({ config: file, log }, AbortSignal.any([signal, changed.signal]));
    }
  } finally {
    watcher.close();
  }
}
