import { cpSync } from "node:fs";
import { topicOf } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { registryOf } from "../../../test/support/registry.ts";
import { openPipeline } from "../pipeline.ts";
import { openSqlite } from "../stores/sqlite.ts";
import { instantOf } from "./civil.ts";
import { agency, contractsOf } from "./contract.fixture.ts";
import type { DatasetReport } from "./report.ts";
import { openSharing } from "./sharing.ts";

const text = `${agency}
exemptions:
  - { id: bt, reason: maintenance, label: { vi: "Bảo trì", en: "Maintenance" }, from: 2026-10-03, to: 2026-10-03 }
datasets:
  - id: muc-nuoc
    label: { vi: "Mực nước", en: "Water levels" }
    agency: 82/so-nnmt
    kind: periodic
    period: 1d
    lateness: 6h
    coverage: 0.7
    from: 2026-10-01
    openness: { level: shared }
    devices: { match: ["82/29869/*/*"], quantities: [water_level_m] }
`;
const device = (n: number): string => `82/29869/kenh/tram-${n}`;
const at = instantOf;

let folder: TemporaryFolder;
let clock: number;
let registry: ReturnType<typeof registryOf>;
let station: ReturnType<typeof open>;

function open(path: string) {
  const now = () => clock;
  const log = pino({ level: "silent" });
  const sharing = openSharing({
    ...{ file: `${path}/sharing.db`, contracts: contractsOf(path, text), registry },
    ...{ now, log, metrics: new Metrics(), after: 0 },
  });
  const store = openSqlite({ file: `${path}/store.db` });
  const pipeline = openPipeline({ folder: path, registry, store, follower: sharing, log, now });
  return {
    ...{ sharing, pipeline },
    async close() {
      await pipeline.close();
      await store.close();
      sharing.close();
    },
  };
}

beforeEach(() => {
  clock = at("2026-10-01");
  folder = temporaryFolder("kenh-sharing");
  registry = registryOf(
    ...[1, 2, 3].map((n) => ({ identity: device(n), profile: "generic-water" })),
  );
  station = open(folder.path);
});
afterEach(async () => {
  await station.close();
  registry.close();
  folder[Symbol.dispose]();
});

/** Sends a level of `measured`, and it arrives at `arrived`. */
async function send(n: number, measured: string, arrived = measured, sample: object = {}) {
  clock = at(arrived);
  const whole = { ts: at(measured), values: { water_level_m: 1.5 }, ...sample };
  const payload = Buffer.from(JSON.stringify(whole));
  await station.pipeline.accept({ topic: topicOf(device(n), "telemetry"), payload });
}
function reportAt(local: string): DatasetReport {
  clock = at(local);
  const { ledger } = station.pipeline;
  station.sharing.look({ ledger });
  return station.sharing.months.report("2026-10")?.agencies[0]?.datasets[0] as DatasetReport;
}

describe("a day is", () => {
  test.each([
    ["on time when all came by its deadline", [1, 2, 3], "2026-10-02T06:00", "on-time"],
    ["late when they came a moment after it", [1, 2, 3], "2026-10-02T06:01", "late"],
    ["missing when too few came", [1, 2], "2026-10-01T12:00", "missing"],
    ["missing when none came", [], "2026-10-01T12:00", "missing"],
  ] as const)("%s", async (_, senders, arrived, status) => {
    for (const n of senders) await send(n, "2026-10-01T12:00", arrived);
    const { periods } = reportAt("2026-10-02T07:00");
    expect(periods).toEqual({
      ...{ "on-time": 0, late: 0, missing: 0, exempt: 1, open: 29 },
      [status]: 1,
    });
  });

  test("exempt when nothing was owed, and on time when it came all the same", async () => {
    expect(reportAt("2026-10-05T06:00").periods).toMatchObject({ missing: 3, exempt: 1 });
    for (const n of [1, 2, 3]) await send(n, "2026-10-03T12:00");
    expect(reportAt("2026-10-05T06:00").periods).toMatchObject({ "on-time": 1, exempt: 0 });
  });

  test("late for ever once it was: what comes later fills the gap and does not heal it", async () => {
    for (const n of [1, 2]) await send(n, "2026-10-01T12:00");
    await send(3, "2026-10-01T13:00", "2026-10-04T00:00");
    const { periods, gaps, axes } = reportAt("2026-10-04T07:00");
    expect(periods).toMatchObject({ "on-time": 0, late: 1 });
    // Due at 06:00 on the 2nd; the 3rd is exempt and does not count.
    expect(gaps[0]).toMatchObject({
      kind: "late",
      lateMs: at("2026-10-04") - at("2026-10-02T06:00"),
    });
    expect(axes).toMatchObject({ complete: 0.5, live: 0.3333 });
  });
});

test("a value that is missing, or another quantity, is no delivery", async () => {
  const missing = { values: {}, qc: { water_level_m: 9 } };
  await send(1, "2026-10-01T12:00", "2026-10-01T12:00", missing);
  await send(2, "2026-10-01T12:00", "2026-10-01T12:00", { values: { salinity_ppt: 1 } });
  expect(reportAt("2026-10-02T07:00")).toMatchObject({
    deliveries: { due: 3, onTime: 0, late: 0 },
    state: "not-connected",
  });
});

test("a wrong reading counts once, however often it comes", async () => {
  for (let again = 0; again < 3; again++) {
    await send(1, "2026-10-01T12:00", "2026-10-01T12:00", { values: { water_level_m: 99 } });
    station.sharing.checkpoint();
  }
  expect(reportAt("2026-10-01T13:00").readings).toMatchObject({ wrong: 1 });
});

test("a device that is registered later owes from then on, one that is removed no more", async () => {
  clock = at("2026-10-02T12:00");
  registry.put({ identity: device(4), profile: "generic-water" });
  registry.remove(device(3));
  station.sharing.count.sync();
  for (const n of [1, 2, 4]) await send(n, "2026-10-04T12:00");
  const { deliveries, periods } = reportAt("2026-10-05T06:00");
  // The 1st and 2nd: three devices each. The 3rd is exempt. The 4th: two of before, and the new one.
  expect(deliveries).toEqual({ due: 3 + 2 + 3, onTime: 3, late: 0 });
  expect(periods).toMatchObject({ "on-time": 1, missing: 2, exempt: 1 });
});

test("how current it is: due, overdue, delinquent, and since when", async () => {
  for (const n of [1, 2, 3]) await send(n, "2026-10-05T12:00");
  const states = ["2026-10-07T06:00", "2026-10-07T06:01", "2026-10-09T06:01", "2026-10-10T06:01"];
  expect(states.map((local) => reportAt(local)).map(({ state, since }) => [state, since])).toEqual([
    ["up-to-date", null],
    ["due", at("2026-10-07T06:00")],
    ["overdue", at("2026-10-07T06:00")],
    ["delinquent", at("2026-10-07T06:00")],
  ]);
});

test("a gap that began in the month before says so", async () => {
  for (const n of [1, 2, 3]) await send(n, "2026-10-30T12:00");
  clock = at("2026-11-03T08:00");
  station.sharing.look({ ledger: station.pipeline.ledger });
  const [one] = station.sharing.months.report("2026-11")?.agencies[0]?.datasets ?? [];
  expect(one?.gaps).toEqual([
    {
      ...{ kind: "missing", from: at("2026-11-01"), to: at("2026-11-03") },
      ...{ since: at("2026-10-31"), periods: 2, lateMs: null },
    },
  ]);
  expect(one?.before).toMatchObject({ missed: 29 });
});

test("nothing is lost and nothing counts twice when the station is killed at any moment", async () => {
  await send(1, "2026-10-01T10:00");
  station.sharing.checkpoint();
  await send(2, "2026-10-01T11:00");
  await send(2, "2026-10-01T11:01", "2026-10-01T11:01", { values: { water_level_m: 99 } });
  using copy = temporaryFolder("kenh-sharing");
  cpSync(folder.path, copy.path, { recursive: true });
  const before = reportAt("2026-10-01T12:00");
  await station.close();
  station = open(copy.path);
  const after = reportAt("2026-10-01T12:00");
  expect(after.readings).toEqual({ readings: 3, wrong: 1, late: 0, latestMs: 0 });
  expect({ ...after, ledger: null }).toEqual({ ...before, ledger: null });
});
