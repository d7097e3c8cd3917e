import { writeFileSync } from "node:fs";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { registryOf } from "../../../test/support/registry.ts";
import type { RegisteredDevice } from "../registry.ts";
import { instantOf } from "./civil.ts";
import { agency, writeContracts } from "./contract.fixture.ts";
import { loadContracts } from "./contracts.ts";
import { followContracts } from "./follow-contracts.ts";
import { openSharing } from "./sharing.ts";

const device = "82/29869/kenh/tram-1";
const dataset = (id: string, lateness: string) => `  - id: ${id}
    label: { vi: "Mực nước", en: "Water levels" }
    agency: 82/so-nnmt
    kind: periodic
    period: 1d
    lateness: ${lateness}
    from: 2026-10-01
    openness: { level: shared }
    devices: { match: ["82/29869/*/*"], quantities: [water_level_m] }
`;

test("contracts are taken when their files change, what was counted stands, and those of before stay while they are wrong", async () => {
  using folder = temporaryFolder("kenh-follow-contracts");
  using closing = new DisposableStack();
  const registry = registryOf({ identity: device, profile: "generic-water" });
  closing.defer(() => registry.close());
  const log = pino({ level: "silent" });
  const metrics = new Metrics();
  let clock = instantOf("2026-10-01");
  const file = writeContracts(folder.path, `${agency}\ndatasets:\n${dataset("muc-nuoc", "6h")}`);
  const roots = [folder.path];
  const sharing = openSharing({
    ...{ file: `${folder.path}/sharing.db`, contracts: loadContracts(roots), registry },
    ...{ now: () => clock, log, metrics, after: 0 },
  });
  closing.defer(() => sharing.close());
  const follower = followContracts({ roots, registry, sharing, log, metrics });
  let position = 0;
  const send = () => {
    clock += 3_600_000;
    const known = registry.find(device) as RegisteredDevice;
    const field = { name: "water_level_m", type: "float", value: 1, flag: 1 } as const;
    const samples = [{ series: known.series, ts: clock, fields: [field] }];
    sharing.feed(++position, [
      { device: known, samples, receivedAt: clock, index: 0, agent: null },
    ]);
  };
  const lateness = () =>
    [...sharing.contracts.datasets.values()].map(({ id, lateness: ms }) => [id, ms / 3_600_000]);
  const counted = (id: string) => sharing.book.tally(id, "2026-10").readings;
  send();
  expect(follower.look()).toBe(false);

  const text = (hours: string) =>
    `${agency}\ndatasets:\n${dataset("muc-nuoc", hours)}${dataset("cong-bo", "2h")}`;
  writeFileSync(file, text("12h"));
  expect(follower.look()).toBe(true);
  expect(lateness()).toEqual([
    ["muc-nuoc", 12],
    ["cong-bo", 2],
  ]);
  send();
  expect([counted("muc-nuoc"), counted("cong-bo")]).toEqual([2, 1]);
  expect(sharing.current().map(([{ id }]) => id)).toEqual(["muc-nuoc", "cong-bo"]);

  writeFileSync(file, text("soon"));
  expect(follower.look()).toBe(false);
  expect(lateness()[0]).toEqual(["muc-nuoc", 12]);
  const refused = await metrics.getSingleMetric("kenh_contracts_refused")?.get();
  expect(refused?.values[0]?.value).toBe(1);
});
