import type { Period } from "@kenh/schemas";
import type { Gap } from "../assess.ts";
import { localOf, type Month } from "../civil.ts";
import type { SharingState } from "../freshness.ts";
import type { Before, DatasetReport } from "../report.ts";

/** How the states are called in Vietnamese. */
export const stateWords: Readonly<Record<SharingState, string>> = {
  "up-to-date": "cập nhật đúng hạn",
  due: "đến hạn",
  overdue: "quá hạn",
  delinquent: "quá hạn kéo dài",
  "not-connected": "chưa kết nối",
};

/** How a period is called. */
export function periodWords(period: Period | null): string {
  if (period === null) return "theo sự kiện";
  if (period === "3mo") return "1 quý";
  const unit = { m: "phút", h: "giờ", d: "ngày", w: "tuần", mo: "tháng" };
  return `${Number.parseInt(period, 10)} ${unit[period.replace(/^\d+/, "") as keyof typeof unit]}`;
}

/** Such as 2 ngày 12 giờ; below a minute: dưới 1 phút. */
function lengthWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const parts = [
    [Math.floor(minutes / 1440), "ngày"],
    [Math.floor(minutes / 60) % 24, "giờ"],
    [minutes % 60, "phút"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return said.length > 0 ? said.join(" ") : "dưới 1 phút";
}

/** Such as 05/10/2026. */
export function dateText(ts: number): string {
  const [year, month, day] = localOf(ts).slice(0, 10).split("-");
  return `${day}/${month}/${year}`;
}

/** Such as 06:00 ngày 05/10/2026; midnight at the end of a day is 24:00 of it. */
export function momentText(ts: number, isEnd = false): string {
  const time = localOf(ts).slice(11, 16);
  if (isEnd && time === "00:00") return `24:00 ngày ${dateText(ts - 1)}`;
  return `${time} ngày ${dateText(ts)}`;
}

/** Such as tháng 10 năm 2026. */
export function monthText(month: Month): string {
  return `tháng ${month.slice(5)} năm ${month.slice(0, 4)}`;
}

/** A share as a percentage with a decimal comma; a dash where there is none. */
export function shareText(share: number | null): string {
  if (share === null) return "–";
  const text = (Math.floor(share * 10_000) / 100).toFixed(2).replace(/\.?0+$/, "");
  return `${text.replace(".", ",")}%`;
}

/** A gap in a sentence. */
function gapText({ kind, from, to, since, periods, lateMs }: Gap): string {
  const span = `từ ${momentText(from)} đến ${momentText(to, true)}`;
  const before = since < from ? `, kéo dài từ ${momentText(since)}` : "";
  const length = `${lengthWords(to - from)}, ${periods} kỳ${before}`;
  if (kind === "missing") return `Không có dữ liệu ${span} (${length}).`;
  const late = lateMs === null ? "" : `; chậm nhất ${lengthWords(lateMs)} so với hạn`;
  return `Dữ liệu đến chậm ${span} (${length}${late}).`;
}

/** What a dataset is blamed for, a sentence a line; nothing when it is up to date. */
export function blameOf(dataset: DatasetReport, most = Number.POSITIVE_INFINITY): string[] {
  const { state, since, gaps, readings } = dataset;
  if (state === "not-connected") {
    return [`Chưa có dữ liệu nào kể từ ngày ${dateText(since ?? 0)}.`];
  }
  const longest = gaps.toSorted((a, b) => b.to - b.from - (a.to - a.from)).slice(0, most);
  const lines = gaps.filter((gap) => longest.includes(gap)).map(gapText);
  if (gaps.length > most) {
    lines.push(`Và ${gaps.length - most} khoảng ngắn hơn, có trong bản kết xuất CSV.`);
  }
  if (readings.late > 0) {
    lines.push(
      `${readings.late} bản ghi đến chậm, chậm nhất ${lengthWords(readings.latestMs)} so với hạn.`,
    );
  }
  if (since !== null && state !== "up-to-date") lines.push(`Quá hạn từ ${momentText(since)}.`);
  return lines;
}

/** How it compares with the month before. */
export function beforeText(before: Before | null, missed: number): string {
  if (before === null) return "Không có số liệu";
  const then = `${before.missed} kỳ`;
  if (before.state === "not-connected") return "Tháng trước chưa kết nối";
  if (missed === before.missed) return `Bằng tháng trước (${then})`;
  const by = Math.abs(missed - before.missed);
  return missed > before.missed ? `Tăng ${by} kỳ (${then})` : `Giảm ${by} kỳ (${then})`;
}
