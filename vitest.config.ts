import { defineConfig } from "vitest/config";
import { SlowestFirst } from "./test/support/slowest-first.ts";

/** For a machine many times slower than ours; the waits within a test end long before it, and say for what. */
const patienceMs = 300_000;

export default defineConfig({
  test: {
    // Most of the time is waiting for counterparts: two at a time, even where there are two cores.
    maxWorkers: 2,
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        test: {
          name: "node",
          include: ["{schemas,broker,ingest,edge-agent,test}/**/*.test.ts"],
          testTimeout: patienceMs,
          hookTimeout: patienceMs,
        },
      },
      "grafana-plugin/vitest.config.ts",
    ],
  },
});
