import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { printReport, reportFormats } from "../../ingest/src/sharing/render/print.ts";
import type { SharingReport } from "../../ingest/src/sharing/report.ts";
import { spoilersOf } from "../../ingest/src/sharing/spoilers.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { agencies, october, planted } from "./province.ts";
import { runProvince } from "./run.ts";

/** Ten devices in each of 102 communes; `node test/province/full.ts` takes twenty times as many. */
const perCommune = 10;

let folder: TemporaryFolder;
let province: Awaited<ReturnType<typeof runProvince>>;
let report: SharingReport;
const of = (id: string) =>
  report.agencies.flatMap(({ datasets }) => datasets).find((one) => one.id === `${id}-do`);

beforeAll(async () => {
  folder = temporaryFolder("kenh-province");
  province = await runProvince(folder.path, perCommune);
  // The last period of the month is due an hour after it: then the month is closed.
  province.setClock(october(32, 1));
  province.sharing.look({ ledger: province.pipeline.ledger });
  report = province.sharing.months.report("2026-10") as SharingReport;
});
afterAll(async () => {
  await province.close();
  folder[Symbol.dispose]();
});

describe("a month of a simulated province", () => {
  test("the list names exactly the agencies that were planted", () => {
    const listed = report.agencies.filter((agency) => agency.listed).map(({ agency }) => agency);
    expect(listed.toSorted()).toEqual(Object.keys(planted).toSorted());
    expect(report.totals).toEqual({
      agencies: 10,
      listed: 6,
      datasets: 10,
      late: 5,
      notConnected: 1,
    });
  });

  test("with exactly the planted times", () => {
    const gaps = report.agencies.flatMap(({ agency, datasets }) =>
      datasets.flatMap((one) =>
        one.gaps.map(({ kind, from, to }) => ({ agency, gap: [kind, from, to] })),
      ),
    );
    const expected = Object.entries(planted).flatMap(([agency, all]) =>
      all.map((gap) => ({ agency, gap })),
    );
    const order = (a: { agency: string }, b: { agency: string }) => (a.agency < b.agency ? -1 : 1);
    expect(gaps.toSorted(order)).toEqual(expected.toSorted(order));
  });

  test("states at the end of the month, and since when", () => {
    const states = agencies.map(({ id }) => [id, of(id)?.state]);
    expect(states.filter(([, state]) => state !== "up-to-date")).toEqual([
      ["cong-an", "not-connected"],
      ["dien-luc", "delinquent"],
    ]);
    expect(of("dien-luc")?.since).toBe(october(25, 7));
    expect(of("cong-an")?.since).toBe(october(1));
    expect(of("so-ct")?.gaps[0]?.lateMs).toBe((32 - 7) * 3_600_000);
  });

  test("the four axes", () => {
    const devices = perCommune * 10.2;
    // Three devices, four readings in the day.
    const wrong = 12;
    expect(of("so-gddt")).toMatchObject({
      readings: { readings: devices * 124, wrong },
      axes: {
        correct: Math.floor((1 - wrong / (devices * 124)) * 10_000) / 10_000,
        complete: 1,
        live: 1,
      },
    });
    // Dead: numbers 0, 10, 20 … of 102.
    expect(of("so-yt")?.deliveries).toEqual({ due: devices * 124, onTime: 91 * 124, late: 0 });
    expect(of("so-ct")?.deliveries).toEqual({
      due: devices * 124,
      onTime: devices * 122,
      late: devices * 2,
    });
    expect(of("so-vhttdl")?.axes).toEqual({ correct: 1, complete: 1, clean: 1, live: 1 });
    expect(of("so-nnmt")?.axes).toEqual({ correct: 1, complete: 1, clean: 1, live: 1 });
    expect(of("cong-an")?.axes).toEqual({ correct: null, complete: 0, clean: null, live: 0 });
  });

  test("the readings that spoil an axis are one call away", () => {
    const { sharing, pipeline, contracts } = province;
    const { book, count } = sharing;
    const parts = { book, count, quarantine: pipeline.quarantine };
    const ask = (id: string, axis: "correct" | "complete" | "live") => {
      const contract = contracts.datasets.get(`${id}-do`);
      if (!contract) throw new Error(`there is no ${id}-do`);
      const options = { limit: 500, asOf: october(32, 1), visible: () => true };
      return spoilersOf(parts, contract, "2026-10", axis, options);
    };
    const wrong = ask("so-gddt", "correct");
    expect(wrong).toMatchObject({ more: false });
    expect("readings" in wrong && wrong.readings.map(({ value, flag }) => [value, flag])).toEqual(
      Array.from({ length: 12 }, () => [99, 4]),
    );
    const late = ask("so-ct", "live");
    expect("undelivered" in late && late.undelivered).toHaveLength(perCommune * 10.2);
    expect("undelivered" in late && late.undelivered[0]).toMatchObject({
      kind: "late",
      from: october(12),
      to: october(12, 12),
      periods: 2,
    });
    expect(ask("so-ct", "complete")).toEqual({ axis: "complete", undelivered: [], more: false });
    const dead = ask("so-yt", "complete");
    expect(
      "undelivered" in dead && new Set(dead.undelivered.map(({ device }) => device)).size,
    ).toBe(11);
  });

  test("a closed month is frozen; what comes later makes another edition, and the first stays", async () => {
    const { sharing, pipeline, devices } = province;
    const before = await printed();
    const device = devices.find(({ agency }) => agency.id === "so-xd");
    province.setClock(october(34));
    await pipeline.accept({
      topic: `kenh/v1/${device?.identity}/telemetry`,
      payload: Buffer.from(JSON.stringify({ ts: october(6), values: { water_level_m: 1 } })),
    });
    sharing.look({ ledger: pipeline.ledger });
    expect(await printed()).toEqual(before);
    const second = sharing.months.correct("2026-10", "bổ sung số liệu");
    expect(second).toMatchObject({ edition: 2, note: "bổ sung số liệu" });
    expect(sharing.months.editions("2026-10").map(({ edition }) => edition)).toEqual([1, 2]);
    expect(sharing.months.report("2026-10", 1)).toEqual(report);
    expect(sharing.months.report("2026-10")).toEqual(second);
  });

  test("what spoiled a month stays behind it, whatever was set aside since", async () => {
    const { sharing, pipeline, contracts, devices } = province;
    const device = devices.find(({ agency }) => agency.id === "so-nnmt");
    const contract = contracts.datasets.get("so-nnmt-do");
    if (!contract) throw new Error("there is no so-nnmt-do");
    for (const at of [october(30), october(34), october(34, 1), october(34, 2)]) {
      province.setClock(at);
      await pipeline.accept({
        topic: `kenh/v1/${device?.identity}/telemetry`,
        payload: Buffer.from(JSON.stringify({ ts: at, values: { nobody_knows: at } })),
      });
    }
    const { book, count } = sharing;
    const parts = { book, count, quarantine: pipeline.quarantine };
    const options = { limit: 2, asOf: october(34, 2), visible: () => true };
    const found = spoilersOf(parts, contract, "2026-10", "clean", options);
    expect("quarantined" in found && found.quarantined.map((item) => item.receivedAt)).toEqual([
      october(30),
    ]);
    expect(found.more).toBe(false);
  });

  async function printed(): Promise<string[]> {
    const first = province.sharing.months.report("2026-10", 1) as SharingReport;
    const texts = await Promise.all(reportFormats.map((format) => printReport(first, format)));
    return texts.map((bytes) => Buffer.from(bytes).toString("base64"));
  }
});
