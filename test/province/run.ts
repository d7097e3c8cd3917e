import { join } from "node:path";
import { topicOf } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { openPipeline } from "../../ingest/src/pipeline.ts";
import { openRegistry } from "../../ingest/src/registry.ts";
import { openSharing } from "../../ingest/src/sharing/sharing.ts";
import { openSqlite } from "../../ingest/src/stores/sqlite.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { devicesOf, october, sentIn, writeProvince } from "./province.ts";

/** Messages that are on their way at a time. */
const together = 2000;

/**
 * A simulated province lives through October 2026 as fast as it can: every reading goes through the
 * pipeline, with its clock, into spool, store and the book of shared data.
 */
export async function runProvince(folder: string, perCommune: number) {
  const contracts = writeProvince(folder);
  const log = pino({ level: "silent" });
  let clock = october(1);
  const now = () => clock;
  const registry = openRegistry(join(folder, "registry.db"), shippedCatalogue(), now);
  const devices = devicesOf(perCommune);
  registry.change(
    devices.map(({ identity, profile }, at) => ({
      ...{ kind: "device" as const, at: `devices.${at}` },
      value: { identity, profile },
    })),
    {
      actor: { name: null, token: "station", role: null, scope: null, address: null },
      how: "import",
    },
  );
  const store = openSqlite({ file: join(folder, "store.db") });
  const sharing = openSharing({
    file: join(folder, "sharing.db"),
    ...{ contracts, registry, now, log, metrics: new Metrics(), after: 0 },
  });
  const pipeline = openPipeline({ folder, registry, store, follower: sharing, log, now });
  let messages = 0;
  let waiting: Promise<void>[] = [];
  for (const { device, ts, at, value } of sentIn(devices)) {
    if (at !== clock) {
      await Promise.all(waiting);
      waiting = [];
      clock = at;
    }
    const payload = Buffer.from(JSON.stringify({ ts, values: { water_level_m: value } }));
    waiting.push(pipeline.accept({ topic: topicOf(device.identity, "telemetry"), payload }));
    messages++;
    if (waiting.length >= together) {
      await Promise.all(waiting);
      waiting = [];
    }
  }
  await Promise.all(waiting);
  clock = october(31, 23);
  sharing.look({ ledger: pipeline.ledger });
  return {
    ...{ sharing, pipeline, contracts, devices, messages },
    setClock(to: number) {
      clock = to;
    },
    async close() {
      await pipeline.close();
      sharing.close();
      await store.close();
      registry.close();
    },
  };
}
