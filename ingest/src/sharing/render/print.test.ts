import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { instantOf } from "../civil.ts";
import type { DatasetReport, SharingReport } from "../report.ts";
import { csvOf } from "./csv.ts";
import { documentOf } from "./document.ts";
import { htmlOf } from "./html.ts";
import { printReport } from "./print.ts";
import { beforeText, blameOf, shareText } from "./words.ts";

const dataset: DatasetReport = {
  id: "muc-nuoc",
  label: { vi: 'Mực nước <"kênh">', en: "Levels" },
  kind: "periodic",
  period: "1h",
  latenessMs: 1_800_000,
  openness: { level: "shared" },
  contact: { name: "=An" },
  state: "delinquent",
  since: instantOf("2026-10-25T01:30"),
  periods: { "on-time": 500, late: 2, missing: 168, exempt: 24, open: 0 },
  deliveries: { due: 670, onTime: 500, late: 2 },
  gaps: [
    {
      ...{ kind: "late", from: instantOf("2026-10-01"), to: instantOf("2026-10-01T02:00") },
      ...{ since: instantOf("2026-09-29T12:00"), periods: 2, lateMs: 5_400_000 },
    },
    {
      ...{ kind: "missing", from: instantOf("2026-10-25"), to: instantOf("2026-11-01") },
      ...{ since: instantOf("2026-10-25"), periods: 168, lateMs: null },
    },
  ],
  gapMs: 612_000_000,
  axes: { correct: 0.99999, complete: 0.7492, clean: null, live: 0.7462 },
  readings: { readings: 502, wrong: 1, late: 0, latestMs: 0 },
  ledger: { received: 0, stored: 0, duplicate: 0, quarantined: 0, pending: 0 },
  before: { missed: 100, gapMs: 0, state: "due" },
};
const report: SharingReport = {
  version: 1,
  month: "2026-10",
  edition: 2,
  note: "bổ sung số liệu",
  issuedAt: instantOf("2026-11-03T09:00"),
  asOf: instantOf("2026-11-03T09:00"),
  zone: "Asia/Ho_Chi_Minh",
  authority: {
    ...{ superior: "Ủy ban nhân dân tỉnh Đồng Tháp", name: "Văn phòng", symbol: "VP" },
    ...{ place: "Đồng Tháp", signer: { title: "Chánh Văn phòng" }, recipients: ["Lưu: VT."] },
  },
  totals: { agencies: 1, listed: 1, datasets: 1, late: 1, notConnected: 0 },
  agencies: [
    {
      ...{ agency: "82/so-nnmt", label: { vi: "Sở NN&MT", en: "Agriculture" }, contact: {} },
      ...{ listed: true, datasets: [dataset] },
    },
  ],
};

describe("in words", () => {
  test("what a dataset is blamed for", () => {
    expect(blameOf(dataset)).toEqual([
      "Dữ liệu đến chậm từ 00:00 ngày 01/10/2026 đến 02:00 ngày 01/10/2026 (2 giờ, 2 kỳ, kéo dài từ 12:00 ngày 29/09/2026; chậm nhất 1 giờ 30 phút so với hạn).",
      "Không có dữ liệu từ 00:00 ngày 25/10/2026 đến 24:00 ngày 31/10/2026 (7 ngày, 168 kỳ).",
      "Quá hạn từ 01:30 ngày 25/10/2026.",
    ]);
    expect(blameOf(dataset, 1)[1]).toBe("Và 1 khoảng ngắn hơn, có trong bản kết xuất CSV.");
    const never = { ...dataset, state: "not-connected", since: instantOf("2026-10-01") } as const;
    expect(blameOf(never)).toEqual(["Chưa có dữ liệu nào kể từ ngày 01/10/2026."]);
  });

  test("shares are rounded down, with a comma", () => {
    expect([1, 0.99999, 0.7462, 0.5, 0, null].map(shareText)).toEqual([
      ...["100%", "99,99%", "74,62%", "50%", "0%", "–"],
    ]);
  });

  test("against the month before", () => {
    expect(beforeText(dataset.before, 170)).toBe("Tăng 70 kỳ (100 kỳ)");
    expect(beforeText(dataset.before, 100)).toBe("Bằng tháng trước (100 kỳ)");
    expect(beforeText(dataset.before, 90)).toBe("Giảm 10 kỳ (100 kỳ)");
    expect(beforeText(null, 90)).toBe("Không có số liệu");
  });
});

test("CSV opens in Excel: byte order mark, CRLF, quotes, and no cell is a formula", () => {
  const text = csvOf(report);
  const [head, row, rest] = text.split("\r\n");
  expect(head).toMatch(/^\uFEFFTháng,Lần ban hành,/);
  expect(row).toContain(
    '2026-10,2,82/so-nnmt,Sở NN&MT,\'=An,muc-nuoc,"Mực nước <""kênh"">",1 giờ,30,',
  );
  expect(row).toContain("thiếu 2026-10-25 00:00 – 2026-11-01 00:00 (168 kỳ)");
  expect(rest).toBe("");
});

test("HTML needs nothing from outside, and names stay text", () => {
  const text = htmlOf(documentOf(report));
  expect(text).toContain("Mực nước &lt;&quot;kênh&quot;&gt;");
  expect(text).toContain("ỦY BAN NHÂN DÂN\nTỈNH ĐỒNG THÁP");
  expect(text).toContain("Lý do: bổ sung số liệu");
  expect(text).not.toMatch(/https?:|<script|url\(/);
});

test("a month that goes on says that it may change", () => {
  const open = { ...report, edition: 0, note: null, issuedAt: null };
  expect(documentOf(open).draft).toBe(
    "BẢN TẠM TÍNH đến 09:00 ngày 03/11/2026, chưa chốt số liệu tháng",
  );
  expect(documentOf(report).draft).toBeNull();
});

test("the same report is the same PDF to the byte, with its fonts inside", async () => {
  const [first, second] = await Promise.all([
    printReport(report, "pdf"),
    printReport(report, "pdf"),
  ]);
  expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true);
  const text = Buffer.from(first).toString("latin1");
  expect(text.match(/\/FontFile2/g)?.length).toBe(4);
  expect(text).toMatch(/\(D:20261103020000Z\)/);
});

test("a long list goes over pages, and none of it is lost", async () => {
  const many = Array.from({ length: 60 }, (_, at) => ({ ...dataset, id: `d-${at}` }));
  const [agency] = report.agencies;
  if (!agency) throw new Error("an agency");
  const bytes = await printReport({ ...report, agencies: [{ ...agency, datasets: many }] }, "pdf");
  const pages =
    Buffer.from(bytes)
      .toString("latin1")
      .match(/\/Type \/Page\b/g)?.length ?? 0;
  expect(pages).toBeGreaterThan(8);
});

/** How often text is shown on the last page of a PDF: its drawing is the last stream that shows any. */
function shownOnLastPage(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString("latin1");
  const drawings = [...text.matchAll(/stream\n([\s\S]*?)\nendstream/g)].flatMap(
    ([, stream = ""]) => {
      try {
        const shown = inflateSync(Buffer.from(stream, "latin1")).toString("latin1");
        return shown.match(/^BT$/gm)?.length ?? [];
      } catch {
        return [];
      }
    },
  );
  return drawings.at(-1) ?? 0;
}

test("a signature never stands on a page without text", async () => {
  // The heading of the recipients, one of them, the signer's title, and the page's number.
  const endAlone = 4;
  // After one dataset of these gaps the signature just does not fit on the page.
  const bytes = await printReport(report, "pdf");
  expect(shownOnLastPage(bytes)).toBeGreaterThan(endAlone);
});
