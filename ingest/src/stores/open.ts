import type { StoreConfig } from "../config.ts";
import type { Store } from "./store.ts";

/**
 * Opens the store that the configuration names. Only that store's module, and the client that it
 * needs, is loaded. A store behind a network is not asked anything yet: it may come up later.
 * @throws Error when the file of an embedded store can't be opened.
 */
export async function openStore(config: StoreConfig): Promise<Store> {
  switch (config.kind) {
    case "sqlite":
      return (await import("./sqlite.ts")).openSqlite(config);
    case "influxdb":
      return (await import("./influxdb.ts")).openInfluxdb(config);
    case "victoriametrics":
      return (await import("./victoriametrics.ts")).openVictoriaMetrics(config);
  }
}
