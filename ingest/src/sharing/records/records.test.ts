import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { registryOf, weather } from "../../../../test/support/registry.ts";
import { openPipeline } from "../../pipeline.ts";
import { openSqlite } from "../../stores/sqlite.ts";
import { Book } from "../book.ts";
import { instantOf } from "../civil.ts";
import { agency, contractsOf } from "../contract.fixture.ts";
import type { Contract } from "../contracts.ts";
import { Count } from "../count.ts";
import { Records } from "./records.ts";

const text = `${agency}
datasets:
  - id: truong-hoc
    label: { vi: "Sĩ số", en: "Pupils present" }
    agency: 82/so-nnmt
    kind: periodic
    period: 1d
    lateness: 12h
    from: 2026-10-01
    openness: { level: shared }
    records:
      time: ngay
      key: [ngay, truong]
      fields:
        - { name: ngay, type: date }
        - { name: truong, type: text }
        - { name: si_so, type: integer, min: 0, max: 5000 }
        - { name: ghi_chu, type: text, optional: true }
`;
const registry = registryOf(weather);
const log = pino({ level: "silent" });

let folder: TemporaryFolder;
let clock: number;
let station: ReturnType<typeof open>;

function open(path: string) {
  const now = () => clock;
  const contracts = contractsOf(path, text);
  const book = new Book(`${path}/sharing.db`, { position: 0, at: now() }, () => {});
  const count = new Count({ contracts, registry, book, now });
  const store = openSqlite({ file: `${path}/store.db` });
  const pipeline = openPipeline({ folder: path, registry, store, log, now });
  const { ledger, quarantine } = pipeline;
  const file = `${path}/records.db`;
  const records = new Records({ file, contracts, count, ledger, quarantine, now });
  return {
    ...{ book, count, records, ledger, quarantine },
    contract: contracts.datasets.get("truong-hoc") as Contract,
    async close() {
      await pipeline.close();
      await store.close();
      records.close();
      book.close();
    },
  };
}

beforeEach(() => {
  clock = instantOf("2026-10-05T16:00");
  folder = temporaryFolder("kenh-records");
  station = open(folder.path);
});
afterEach(async () => {
  await station.close();
  folder[Symbol.dispose]();
});

const row = (ngay: string, truong: string, si_so: unknown = 400) => ({ ngay, truong, si_so });
const counts = () => {
  const { received, stored, duplicate, quarantined, pending } = station.ledger.account(
    "82/so-nnmt/datasets/truong-hoc",
    "records",
  );
  return { received, stored, duplicate, quarantined, pending };
};

test("each record is stored, duplicate or set aside, and the ledger has it", () => {
  const { records, contract, quarantine } = station;
  const first = [row("2026-10-05", "A"), row("2026-10-05", "B"), row("2026-10-05", "C", "nhiều")];
  expect(records.deliver(contract, first)).toEqual({
    ...{ received: 3, stored: 2, duplicate: 0, quarantined: 1 },
    faults: [
      { row: 3, reason: "type-mismatch", detail: 'si_so is "nhiều"; it must be a whole number' },
    ],
  });
  expect(records.deliver(contract, first)).toMatchObject({
    stored: 0,
    duplicate: 3,
    quarantined: 0,
  });
  expect(counts()).toEqual({ received: 6, stored: 2, duplicate: 3, quarantined: 1, pending: 0 });
  expect(quarantine.list()).toMatchObject({
    total: 1,
    items: [{ device: "82/so-nnmt/datasets/truong-hoc", topic: "datasets/truong-hoc" }],
  });
});

test.each([
  [{ ...row("2026-10-05", "A"), siso: 1 }, "unknown-quantity", /did you mean si_so\?/],
  [{ ngay: "2026-10-05", truong: "A" }, "invalid-envelope", /si_so is not given/],
  [row("05/10/2026", "A"), "type-mismatch", /must be a date such as/],
  [row("2026-10-07", "A"), "clock-ahead", /still to come/],
  [row("2026-09-30", "A"), "too-old", /of before the contract/],
  [[1], "invalid-envelope", /not an object/],
])("%j is set aside: %s", (given, reason, detail) => {
  const { faults } = station.records.deliver(station.contract, [given]);
  expect(faults).toEqual([{ row: 1, reason, detail: expect.stringMatching(detail) }]);
});

test("another record of a key that says something else is set aside: the first stands", () => {
  const { records, contract } = station;
  records.deliver(contract, [row("2026-10-05", "A", 400)]);
  const { faults } = records.deliver(contract, [row("2026-10-05", "A", 401)]);
  expect(faults[0]).toMatchObject({ reason: "store-rejected" });
  expect(records.list(contract.id, { start: 0, end: clock, limit: 10 }).records).toEqual([
    { record: row("2026-10-05", "A", 400), ts: instantOf("2026-10-05"), receivedAt: clock },
  ]);
});

test("what is outside its range is stored, and is wrong", () => {
  const { records, contract, book } = station;
  expect(records.deliver(contract, [row("2026-10-05", "A", 9000)])).toMatchObject({ stored: 1 });
  expect(book.tally(contract.id, "2026-10")).toMatchObject({ readings: 1, wrong: 1 });
});

test("they are read in pages", () => {
  const { records, contract } = station;
  records.deliver(
    contract,
    ["A", "B", "C"].map((name) => row("2026-10-05", name)),
  );
  const span = { start: 0, end: clock, limit: 2 };
  const page = records.list(contract.id, span);
  expect(page.records.map(({ record }) => record.truong)).toEqual(["A", "B"]);
  const rest = records.list(contract.id, { ...span, after: page.next as string });
  expect(rest).toMatchObject({ records: [{ record: { truong: "C" } }], next: null });
});

describe("after a restart", () => {
  test("ledger, records and periods are as they were", async () => {
    station.records.deliver(station.contract, [
      row("2026-10-05", "A"),
      row("2026-10-04", "A", "x"),
    ]);
    const before = counts();
    await station.close();
    station = open(folder.path);
    expect(counts()).toEqual(before);
    expect(station.book.newestCovered("truong-hoc", clock)).toBe(instantOf("2026-10-05"));
  });

  test("what was stored and not yet counted is counted with its own time of arrival", async () => {
    station.records.deliver(station.contract, [row("2026-10-05", "A")]);
    await station.close();
    using other = temporaryFolder("kenh-records");
    // The book is lost: as if the crash had come between the two files.
    const { cpSync } = await import("node:fs");
    for (const name of ["records.db", "spool.db"]) {
      cpSync(`${folder.path}/${name}`, `${other.path}/${name}`);
    }
    clock += 3 * 86_400_000;
    station = open(other.path);
    expect(station.book.period("truong-hoc", instantOf("2026-10-05"))).toMatchObject({
      coveredAt: instantOf("2026-10-05T16:00"),
    });
  });
});

test("a replay moves a record out of the quarantine once its cause is mended", async () => {
  clock = instantOf("2026-10-05T16:00");
  station.records.deliver(station.contract, [row("2026-10-06", "A")]);
  const [item] = station.quarantine.list().items;
  expect(station.records.replay(item?.id as number)).toBe("refused");
  clock = instantOf("2026-10-06T08:00");
  expect(station.records.replay(item?.id as number)).toBe("replayed");
  expect(counts()).toEqual({ received: 1, stored: 1, duplicate: 0, quarantined: 0, pending: 0 });
  expect(station.quarantine.list().total).toBe(0);
  expect(station.records.replay(9999)).toBeUndefined();
});
