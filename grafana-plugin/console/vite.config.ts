import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Puts the built plugin beside the page, so that the station serves one folder. */
function shippedPlugin(): Plugin {
  return {
    name: "kenh-shipped-plugin",
    apply: "build",
    closeBundle() {
      cpSync(here("../dist"), here("../dist-console/plugins/kenh-ioc-app"), {
        recursive: true,
        filter: (path) => !path.endsWith(".map"),
      });
    },
  };
}

export default defineConfig({
  root: here("."),
  publicDir: false,
  resolve: { dedupe: ["react", "react-dom", "@grafana/data"] },
  plugins: [shippedPlugin()],
  logLevel: "warn",
  build: {
    outDir: here("../dist-console"),
    emptyOutDir: true,
    // An inline module or font would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      // "use client" marks in Grafana's dependencies mean nothing here.
      onLog: (level, log, report) => {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
});
