import { localOf } from "../civil.ts";
import type { DatasetReport, SharingReport } from "../report.ts";
import { periodWords, stateWords } from "./words.ts";

const columns = [
  ...["Tháng", "Lần ban hành", "Mã cơ quan", "Cơ quan, đơn vị", "Đầu mối", "Mã bộ dữ liệu"],
  ...["Bộ dữ liệu", "Chu kỳ", "Cho phép chậm (phút)", "Trạng thái", "Quá hạn từ"],
  ...["Kỳ đúng hạn", "Kỳ chậm", "Kỳ thiếu", "Kỳ được miễn", "Thời gian chậm, thiếu (giờ)"],
  ...[
    "Các khoảng chậm, thiếu",
    "Bản ghi sự kiện chậm",
    "Đúng (%)",
    "Đủ (%)",
    "Sạch (%)",
    "Sống (%)",
  ],
  ...["Kỳ chậm, thiếu tháng trước"],
];

/**
 * The report as a table, a dataset a line. With a byte order mark, without which Excel takes Vietnamese
 * for something else; separated by commas, numbers with a point, times local.
 */
export function csvOf(report: SharingReport): string {
  const rows = report.agencies.flatMap(({ agency, label, datasets }) =>
    datasets.map((one) => [
      report.month,
      report.edition,
      agency,
      label.vi,
      one.contact.name ?? "",
      one.id,
      one.label.vi,
      periodWords(one.period),
      one.latenessMs / 60_000,
      stateWords[one.state],
      one.since === null ? "" : localOf(one.since).replace("T", " "),
      one.periods["on-time"],
      one.periods.late,
      one.periods.missing,
      one.periods.exempt,
      hours(one.gapMs),
      one.gaps.map(gapCell).join("; "),
      one.readings.late,
      percent(one.axes.correct),
      percent(one.axes.complete),
      percent(one.axes.clean),
      percent(one.axes.live),
      one.before ? one.before.missed : "",
    ]),
  );
  return `\uFEFF${[columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("")}`;
}

function gapCell({ kind, from, to, periods }: DatasetReport["gaps"][number]) {
  const minutes = (ts: number): string => localOf(ts).slice(0, 16).replace("T", " ");
  return `${kind === "late" ? "chậm" : "thiếu"} ${minutes(from)} – ${minutes(to)} (${periods} kỳ)`;
}

const hours = (ms: number): string => String(Math.round(ms / 36_000) / 100);
const percent = (share: number | null): string =>
  share === null ? "" : String(Math.floor(share * 10_000) / 100);

/** A text that begins like a formula stays a text. */
function cell(value: string | number): string {
  const text = String(value);
  const safe = typeof value === "string" && /^[=+@-]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
