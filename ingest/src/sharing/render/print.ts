import type { SharingReport } from "../report.ts";
import { csvOf } from "./csv.ts";
import { documentOf } from "./document.ts";
import { htmlOf } from "./html.ts";
import { printPdf } from "./press.ts";

export const reportFormats = ["json", "csv", "html", "pdf"] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** The media type of each form of a report. */
export const mediaTypes: Readonly<Record<ReportFormat, string>> = {
  json: "application/json; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  html: "text/html; charset=utf-8",
  pdf: "application/pdf",
};

/** A report in the form that is asked for: the same report gives the same bytes. */
export async function printReport(
  report: SharingReport,
  format: ReportFormat,
): Promise<Uint8Array> {
  switch (format) {
    case "json":
      return Buffer.from(`${JSON.stringify(report)}\n`);
    case "csv":
      return Buffer.from(csvOf(report));
    case "html":
      return Buffer.from(htmlOf(documentOf(report)));
    case "pdf":
      return printPdf(documentOf(report));
  }
}
