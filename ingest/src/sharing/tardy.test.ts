import { topicOf } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { registryOf } from "../../../test/support/registry.ts";
import { openPipeline } from "../pipeline.ts";
import { openSqlite } from "../stores/sqlite.ts";
import { instantOf } from "./civil.ts";
import { agency, contractsOf } from "./contract.fixture.ts";
import type { Contract } from "./contracts.ts";
import { openSharing } from "./sharing.ts";
import { spoilersOf } from "./spoilers.ts";

const text = `${agency}
datasets:
  - id: su-co
    label: { vi: "Sự cố", en: "Incidents" }
    agency: 82/so-nnmt
    kind: event
    lateness: 6h
    from: 2026-10-01
    openness: { level: shared }
    devices: { match: ["82/29869/*/*"] }
`;
const device = "82/29869/kenh/tram-1";

test("of what has no periods the late readings are kept one by one, through a restart", async () => {
  using folder = temporaryFolder("kenh-tardy");
  const registry = registryOf({ identity: device, profile: "generic-water" });
  let clock = instantOf("2026-10-01");
  const now = () => clock;
  const log = pino({ level: "silent" });
  function open() {
    const sharing = openSharing({
      ...{ file: `${folder.path}/sharing.db`, contracts: contractsOf(folder.path, text), registry },
      ...{ now, log, metrics: new Metrics(), after: 0 },
    });
    const store = openSqlite({ file: `${folder.path}/store.db` });
    const parts = { folder: folder.path, registry, store, follower: sharing, log, now };
    const pipeline = openPipeline(parts);
    async function close(): Promise<void> {
      await pipeline.close();
      await store.close();
      sharing.close();
    }
    return { sharing, pipeline, close };
  }
  let station = open();
  async function arrive(measured: string, came: string): Promise<void> {
    clock = instantOf(came);
    const sample = { ts: instantOf(measured), values: { water_level_m: 1 } };
    await station.pipeline.accept({
      topic: topicOf(device, "telemetry"),
      payload: Buffer.from(JSON.stringify(sample)),
    });
  }
  await arrive("2026-10-02", "2026-10-02T06:00");
  await arrive("2026-10-03", "2026-10-03T06:01");
  await arrive("2026-10-04", "2026-10-09");
  await arrive("2026-11-01", "2026-11-02");
  const late = (limit = 10, visible = true) => {
    const { sharing, pipeline } = station;
    const parts = { book: sharing.book, count: sharing.count, quarantine: pipeline.quarantine };
    const contract = sharing.contracts.datasets.get("su-co") as Contract;
    const options = { limit, asOf: clock, visible: () => visible };
    return spoilersOf(parts, contract, "2026-10", "live", options);
  };
  const one = (ts: string, arrivedAt: string) => ({
    ...{ device, ts: instantOf(ts), arrivedAt: instantOf(arrivedAt), readings: 1 },
  });
  const both = [one("2026-10-03", "2026-10-03T06:01"), one("2026-10-04", "2026-10-09")];
  expect(late()).toEqual({ axis: "live", tardy: both, more: false });
  expect(late(1)).toEqual({ axis: "live", tardy: both.slice(0, 1), more: true });
  expect(late(10, false)).toMatchObject({ tardy: [] });
  await station.close();
  station = open();
  expect(late()).toEqual({ axis: "live", tardy: both, more: false });
  await station.close();
  registry.close();
});
