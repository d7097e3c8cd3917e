import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Most of the time is waiting for counterparts: two at a time, even where there are two cores.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "node",
          include: ["{schemas,broker,ingest,edge-agent,test}/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      "grafana-plugin/vitest.config.ts",
    ],
  },
});
