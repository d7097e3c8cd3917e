import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { dedupe: ["react", "react-dom", "@grafana/data"] },
  test: {
    name: "grafana-plugin",
    environment: "jsdom",
    include: ["{src,console}/**/*.test.{ts,tsx}"],
    setupFiles: ["./vitest.setup.ts"],
    // Their ES modules import CommonJS by name, which Node alone refuses.
    server: { deps: { inline: [/@grafana/] } },
    testTimeout: 300_000,
  },
});
