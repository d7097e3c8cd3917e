import { type Identity, type QuotaUse, quotasSchema, type Value } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { Ledger } from "../ledger.ts";
import { openQuotaDesk } from "./desk.ts";

test("each unit is told of its own quotas, the station which units pass one, and metrics have all", async () => {
  using folder = temporaryFolder("kenh-quota-desk");
  const told: [Identity, Readonly<Record<string, Value>>][] = [];
  const metrics = new Metrics();
  const held: QuotaUse = {
    ...{ place: "82/2/a/d", kind: "readings", limit: 5, used: null, over: true, excess: 7 },
  };
  const suppressed: QuotaUse = {
    ...{ place: "82/3", kind: "alarms", limit: 9, used: 9, over: true, excess: 4 },
  };
  let time = 1_790_000_000_000;
  const ledger = new Ledger();
  const account = ledger.account("82/1/a/d", "e");
  const desk = openQuotaDesk(
    {
      quotas: quotasSchema.parse({ units: { "82/1": { storedReadings: 200 } } }),
      // What is held for want of room stands there as stored, once.
      // A device that keeps to its quota is one of many, and is not listed.
      quotaUses: () => [
        held,
        { ...held, place: "82/9/a/d", over: false, excess: 0 },
        { ...held, place: "82/1", kind: "stored" },
      ],
      ...{ config: { dataDir: folder.path }, log: pino({ level: "silent" }), metrics },
    },
    {
      alarms: {
        observe: (identity, values) => told.push([identity, values]),
        quotaUses: () => [suppressed],
      },
      ledger,
      retention: { policy: { daysOf: () => 0 } },
      now: () => time,
    },
  );
  desk.look();
  account.stored = 250;
  time += 59_000;
  desk.look();
  expect(desk.over()).toEqual(["82/2", "82/3"]);
  time += 1000;
  told.length = 0;
  desk.look();
  expect(told).toEqual([
    ["82/2/station/quota", { platform_quotas_held: 1 }],
    ["82/3/station/quota", { platform_quotas_held: 0 }],
    ["82/1/station/quota", { platform_quotas_held: 0, platform_quota_stored_pct: 125 }],
  ]);
  expect(desk.over()).toEqual(["82/1", "82/2", "82/3"]);
  expect([desk.isFull("82/1"), desk.isFull("82/2")]).toEqual([true, false]);
  const text = await metrics.metrics();
  expect(text).toContain('kenh_quota_excess_total{place="82/2/a/d",kind="readings"} 7');
  expect(text).toContain('kenh_quota_used{place="82/1",kind="stored"} 250');
  expect(text).not.toContain('kenh_quota_used{place="82/2/a/d"');
  desk.close();
});
