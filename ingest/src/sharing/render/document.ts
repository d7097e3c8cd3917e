import { localOf, monthSpan } from "../civil.ts";
import { isListed, missedOf, type SharingReport } from "../report.ts";
import {
  beforeText,
  blameOf,
  dateText,
  momentText,
  monthText,
  periodWords,
  shareText,
  stateWords,
} from "./words.ts";

/** A row of a table; a heading spans all of it. */
export type Row = { readonly heading: string } | { readonly cells: readonly string[] };

/** A table with the share of the width that each column takes. */
export interface Table {
  readonly head: readonly string[];
  readonly widths: readonly number[];
  readonly align: readonly ("left" | "center" | "right")[];
  readonly rows: readonly Row[];
}

export type Block =
  | { readonly heading: string }
  | { readonly paragraph: string }
  | { readonly table: Table };

/** An administrative document, part by part as Nghị định 30/2020/NĐ-CP names them. */
export interface AdministrativeDocument {
  readonly superior: string | null;
  readonly issuer: string;
  readonly number: string;
  readonly placeAndDate: string;
  /** That it may still change; null on what is closed. */
  readonly draft: string | null;
  readonly kind: string;
  readonly summary: readonly string[];
  readonly addressee: string | null;
  readonly body: readonly Block[];
  readonly recipients: readonly string[];
  readonly signature: {
    readonly capacity: string | null;
    readonly title: string;
    readonly name: string;
  };
  /** When it was closed, milliseconds since 1970 UTC; the month's end while it goes on. */
  readonly at: number;
}

/** Gaps of a dataset that the print tells one by one. */
const mostGaps = 8;
const blank = "…";

/** The report as a document. Pure. */
export function documentOf(report: SharingReport): AdministrativeDocument {
  const { authority, month, issuedAt, asOf, edition, note } = report;
  const issuer = authority?.name ?? "CƠ QUAN BAN HÀNH";
  const end = monthSpan(month).end;
  const revised = edition > 1 ? ` (lần ban hành thứ ${edition})` : "";
  return {
    superior: authority?.superior ? inLines(authority.superior.toLocaleUpperCase("vi")) : null,
    issuer: issuer.toLocaleUpperCase("vi"),
    number: `Số:\u00A0\u00A0\u00A0\u00A0\u00A0\u00A0\u00A0\u00A0/BC-${authority?.symbol ?? blank}`,
    placeAndDate: `${authority?.place ?? blank}, ${dayText(issuedAt, month)}`,
    draft:
      issuedAt === null ? `BẢN TẠM TÍNH đến ${momentText(asOf)}, chưa chốt số liệu tháng` : null,
    kind: "BÁO CÁO",
    summary: [
      "Về các cơ quan, đơn vị chậm hoặc chưa chia sẻ dữ liệu",
      `${monthText(month)}${revised}`,
    ],
    addressee: authority?.addressee ?? null,
    body: [
      ...(note === null
        ? []
        : [{ paragraph: `Bản này thay bản đã ban hành trước. Lý do: ${note}` }]),
      ...bodyOf(report),
    ],
    recipients: authority?.recipients ?? [],
    signature: {
      capacity: authority?.signer.capacity?.toLocaleUpperCase("vi") ?? null,
      title: (authority?.signer.title ?? "THỦ TRƯỞNG CƠ QUAN").toLocaleUpperCase("vi"),
      name: authority?.signer.name ?? "",
    },
    at: issuedAt ?? end,
  };
}

/** A long name of an authority is broken before the place, never within its name. */
const inLines = (name: string): string =>
  name.replace(/^(ỦY BAN NHÂN DÂN|HỘI ĐỒNG NHÂN DÂN) /, "$1\n");

/** The date of a closed month is that of its closing; another is left to be written by hand. */
function dayText(issuedAt: number | null, month: string): string {
  if (issuedAt === null) return `ngày ${blank} tháng ${blank} năm ${month.slice(0, 4)}`;
  const [year, at, day] = localOf(issuedAt).slice(0, 10).split("-");
  return `ngày ${day} tháng ${at} năm ${year}`;
}

function bodyOf(report: SharingReport): Block[] {
  const { totals, month, asOf, issuedAt } = report;
  const { start, end } = monthSpan(month);
  const listed = report.agencies.filter((agency) => agency.listed);
  const others = report.agencies.filter((agency) => !agency.listed);
  const to = issuedAt === null ? momentText(Math.min(asOf, end)) : `hết ngày ${dateText(end - 1)}`;
  const span = `từ ngày ${dateText(start)} đến ${to}`;
  return [
    {
      paragraph: `Căn cứ cam kết chia sẻ dữ liệu của các cơ quan, đơn vị và số liệu tiếp nhận trên nền tảng dữ liệu dùng chung, tình hình chia sẻ dữ liệu ${span} như sau:`,
    },
    { heading: "I. TÌNH HÌNH CHUNG" },
    {
      paragraph: `Có ${totals.agencies} cơ quan, đơn vị cam kết chia sẻ ${totals.datasets} bộ dữ liệu. Trong tháng, ${totals.listed} cơ quan, đơn vị có dữ liệu chậm hoặc chưa chia sẻ; trong đó ${totals.late} bộ dữ liệu chậm hoặc thiếu, ${totals.notConnected} bộ dữ liệu chưa kết nối.`,
    },
    { heading: "II. DANH SÁCH CƠ QUAN, ĐƠN VỊ CHẬM HOẶC CHƯA CHIA SẺ DỮ LIỆU" },
    ...(listed.length === 0
      ? [{ paragraph: "Không có cơ quan, đơn vị nào chậm hoặc chưa chia sẻ dữ liệu." }]
      : [{ table: listOf(listed, issuedAt !== null) }]),
    { heading: "III. CHẤT LƯỢNG DỮ LIỆU: ĐÚNG, ĐỦ, SẠCH, SỐNG" },
    {
      paragraph:
        "Đúng là tỷ lệ số liệu không bị đánh dấu nghi ngờ hoặc sai; đủ là tỷ lệ lượt nộp đã nhận trên lượt nộp phải có; sạch là tỷ lệ số liệu nhận được không bị cách ly, không trùng; sống là tỷ lệ lượt nộp đúng hạn.",
    },
    { table: qualityOf(report.agencies) },
    ...(others.length === 0
      ? []
      : [
          { heading: "IV. CƠ QUAN, ĐƠN VỊ THỰC HIỆN ĐÚNG CAM KẾT" },
          { paragraph: `${others.map(({ label }) => label.vi).join("; ")}.` },
        ]),
    {
      paragraph: `Trên đây là báo cáo về tình hình chia sẻ dữ liệu của các cơ quan, đơn vị ${monthText(month)}${report.authority?.addressee ? `, kính trình ${report.authority.addressee} xem xét, chỉ đạo` : ""}./.`,
    },
  ];
}

function listOf(agencies: SharingReport["agencies"], isClosed: boolean): Table {
  return {
    head: [
      "TT",
      "Bộ dữ liệu",
      isClosed ? "Trạng thái cuối tháng" : "Trạng thái hiện nay",
      "Chậm, thiếu khi nào, bao lâu",
      "So với tháng trước",
    ],
    widths: [0.07, 0.22, 0.14, 0.41, 0.16],
    align: ["center", "left", "center", "left", "left"],
    rows: agencies.flatMap(({ label, contact, datasets }, index): Row[] => {
      const said = [contact.name, contact.phone].filter((text) => text !== undefined).join(", ");
      return [
        { heading: `${index + 1}. ${label.vi}${said ? ` (đầu mối: ${said})` : ""}` },
        ...datasets.filter(isListed).map((one, at) => ({
          cells: [
            `${index + 1}.${at + 1}`,
            `${one.label.vi} (chu kỳ: ${periodWords(one.period)})`,
            capital(stateWords[one.state]),
            blameOf(one, mostGaps).join("\n"),
            beforeText(one.before, missedOf(one)),
          ],
        })),
      ];
    }),
  };
}

function qualityOf(agencies: SharingReport["agencies"]): Table {
  return {
    head: ["Cơ quan, đơn vị", "Bộ dữ liệu", "Đúng", "Đủ", "Sạch", "Sống"],
    widths: [0.28, 0.28, 0.11, 0.11, 0.11, 0.11],
    align: ["left", "left", "right", "right", "right", "right"],
    rows: agencies.flatMap(({ label, datasets }) =>
      datasets.map(({ label: name, axes }) => ({
        cells: [
          label.vi,
          name.vi,
          shareText(axes.correct),
          shareText(axes.complete),
          shareText(axes.clean),
          shareText(axes.live),
        ],
      })),
    ),
  };
}

const capital = (text: string): string => text.charAt(0).toLocaleUpperCase("vi") + text.slice(1);
