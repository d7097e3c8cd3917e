import { fileURLToPath } from "node:url";
import type { AdministrativeDocument, Row, Table } from "./document.ts";

/** Millimetres in points. */
const mm = 72 / 25.4;
/** Margins of Nghị định 30/2020/NĐ-CP, annex I: top and bottom 20–25, left 30–35, right 15–20 mm. */
const margins = { top: 22 * mm, bottom: 22 * mm, left: 32 * mm, right: 18 * mm };
/** Tinos, which has the measures of Times New Roman. */
const faces = {
  upright: "@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf",
  bold: "@expo-google-fonts/tinos/700Bold/Tinos_700Bold.ttf",
  italic: "@expo-google-fonts/tinos/400Regular_Italic/Tinos_400Regular_Italic.ttf",
  "bold italic": "@expo-google-fonts/tinos/700Bold_Italic/Tinos_700Bold_Italic.ttf",
} as const;
type Face = keyof typeof faces;
const fileOf = (face: Face): string => fileURLToPath(import.meta.resolve(faces[face]));

/** The sentence that closes a report: three lines at most. */
const closingHeight = 60;
const size = { body: 14, head: 13, table: 11.5, to: 11 } as const;
const cellPadding = 3.5;

/**
 * The document as PDF, A4, with its fonts inside. The same document gives the same bytes: the only
 * date in it is the document's own.
 */
export async function pdfOf(document: AdministrativeDocument): Promise<Uint8Array> {
  const { default: Pdf } = await import("pdfkit");
  const at = new Date(document.at);
  const pdf = new Pdf({
    size: "A4",
    margins,
    bufferPages: true,
    lang: "vi",
    displayTitle: true,
    font: fileOf("upright"),
    info: {
      Title: `${document.kind}: ${document.summary.join(" ")}`,
      Author: document.issuer,
      Creator: "Kênh",
      Producer: "Kênh",
      CreationDate: at,
      ModDate: at,
    },
  });
  const chunks: Buffer[] = [];
  pdf.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => {
    pdf.on("end", resolve);
    pdf.on("error", reject);
  });
  for (const face of Object.keys(faces) as Face[]) pdf.registerFont(face, fileOf(face));
  const sheet = new Sheet(pdf);
  writeHead(sheet, document);
  for (const block of document.body) {
    // A signature never stands on a page without text: what closes the text goes with it.
    if (block === document.body.at(-1)) sheet.need(closingHeight + endHeight(document));
    if ("heading" in block) sheet.heading(block.heading);
    else if ("paragraph" in block) sheet.paragraph(block.paragraph);
    else sheet.table(block.table);
  }
  writeEnd(sheet, document);
  sheet.numberPages();
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

type Pdf = PDFKit.PDFDocument;
type Align = "left" | "center" | "right";

/** Where the document is being written, and how its parts look. */
class Sheet {
  readonly pdf: Pdf;
  readonly left = margins.left;
  readonly width: number;

  constructor(pdf: Pdf) {
    this.pdf = pdf;
    this.width = pdf.page.width - margins.left - margins.right;
  }

  get bottom(): number {
    return this.pdf.page.height - margins.bottom;
  }

  /** Begins a page when what comes does not fit any more. */
  need(height: number): void {
    if (this.pdf.y + height > this.bottom) this.pdf.addPage();
  }

  /** Text centred in a column; gives where it ends. */
  centred(text: string, font: Face, points: number, x: number, y: number, width: number): number {
    this.pdf.font(font).fontSize(points);
    return this.lines(this.broken(text, width), x, y, width, "center");
  }

  /** Lines of the font and size that are set; gives where they end. */
  lines(texts: readonly string[], x: number, y: number, width: number, align: Align): number {
    const height = this.pdf.currentLineHeight(true);
    texts.forEach((text, at) => {
      const room = width - this.pdf.widthOfString(text);
      const indent = { left: 0, center: room / 2, right: room }[align];
      this.pdf.text(text, x + indent, y + at * height, { lineBreak: false });
    });
    return y + texts.length * height;
  }

  /**
   * A text in lines that fit a width, in the font and size that are set. The library's own lines keep the
   * blank at their end, and stand aside when they are centred.
   */
  broken(text: string, width: number): string[] {
    return text.split("\n").flatMap((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (const word of paragraph.split(" ")) {
        const longer = line === "" ? word : `${line} ${word}`;
        if (line !== "" && this.pdf.widthOfString(longer) > width) {
          lines.push(line);
          line = word;
        } else line = longer;
      }
      return [...lines, line];
    });
  }

  /** A line below a text, of a share of a column's width. */
  rule(x: number, y: number, width: number, length: number): void {
    const from = x + (width - length) / 2;
    this.pdf
      .lineWidth(0.7)
      .moveTo(from, y)
      .lineTo(from + length, y)
      .stroke();
  }

  heading(text: string): void {
    this.pdf.font("bold").fontSize(size.body);
    // With some lines of what follows: a heading does not stand alone at the foot of a page.
    this.need(this.pdf.heightOfString(text, { width: this.width }) + 80);
    this.pdf.y += 6;
    this.pdf.text(text, this.left, this.pdf.y, { width: this.width });
    this.pdf.y += 4;
  }

  paragraph(text: string): void {
    this.pdf.font("upright").fontSize(size.body);
    this.need(36);
    const options = { width: this.width, align: "justify", indent: 10 * mm, lineGap: 2 } as const;
    this.pdf.text(text, this.left, this.pdf.y, options);
    this.pdf.y += 5;
  }

  table(table: Table): void {
    const widths = table.widths.map((share) => share * this.width);
    const head = (): void =>
      this.row(
        table.head,
        widths,
        "bold",
        table.head.map(() => "center"),
      );
    this.need(this.rowHeight(table.head, widths, "bold") + 40);
    head();
    table.rows.forEach((row, at) => {
      const height = this.heightOf(row, widths);
      // The heading of an agency stays with its first dataset.
      const next = table.rows[at + 1];
      const kept = "heading" in row && next ? this.heightOf(next, widths) : 0;
      if (this.pdf.y + height + Math.min(kept, 200) > this.bottom) {
        this.pdf.addPage();
        head();
      }
      if ("heading" in row) this.row([row.heading], [this.width], "bold", ["left"]);
      else this.row(row.cells, widths, "upright", table.align);
    });
    this.pdf.y += 6;
  }

  heightOf(row: Row, widths: readonly number[]): number {
    return "heading" in row
      ? this.rowHeight([row.heading], [this.width], "bold")
      : this.rowHeight(row.cells, widths, "upright");
  }

  rowHeight(cells: readonly string[], widths: readonly number[], font: Face): number {
    this.pdf.font(font).fontSize(size.table);
    const counts = cells.map(
      (text, at) => this.broken(text, (widths[at] ?? 0) - 2 * cellPadding).length,
    );
    return Math.max(...counts) * this.pdf.currentLineHeight(true) + 2 * cellPadding;
  }

  row(
    cells: readonly string[],
    widths: readonly number[],
    font: Face,
    align: readonly Align[],
  ): void {
    const height = Math.min(this.rowHeight(cells, widths, font), this.bottom - margins.top);
    const y = this.pdf.y;
    let x = this.left;
    cells.forEach((text, at) => {
      const width = widths[at] ?? 0;
      this.pdf.lineWidth(0.5).rect(x, y, width, height).stroke();
      const inner = width - 2 * cellPadding;
      const lines = this.broken(text, inner);
      this.lines(lines, x + cellPadding, y + cellPadding, inner, align[at] ?? "left");
      x += width;
    });
    this.pdf.x = this.left;
    this.pdf.y = y + height;
  }

  /** At the top, in the middle, from the second page on. */
  numberPages(): void {
    const { start, count } = this.pdf.bufferedPageRange();
    for (let page = start + 1; page < start + count; page++) {
      this.pdf.switchToPage(page);
      // Above the text: else it would begin a page of its own.
      this.pdf.page.margins.top = 0;
      this.centred(String(page + 1), "upright", size.head, this.left, 10 * mm, this.width);
      this.pdf.page.margins.top = margins.top;
    }
  }
}

function writeHead(sheet: Sheet, document: AdministrativeDocument): void {
  const { pdf, left, width } = sheet;
  const { superior, issuer, number, placeAndDate, draft, kind, summary, addressee } = document;
  if (draft !== null) {
    const y = pdf.y;
    const end = sheet.centred(draft, "bold", size.head, left, y + 3, width);
    pdf
      .lineWidth(1)
      .rect(left, y, width, end - y + 2)
      .stroke();
    pdf.y = end + 10;
  }
  const top = pdf.y;
  const [narrow, wide] = [width * 0.43, width * 0.57];
  let y = top;
  if (superior !== null) y = sheet.centred(superior, "upright", 12.5, left, y, narrow);
  y = sheet.centred(issuer, "bold", 12.5, left, y, narrow);
  pdf.font("bold").fontSize(12.5);
  sheet.rule(left, y + 2, narrow, Math.min(narrow, pdf.widthOfString(issuer)) * 0.45);
  const leftEnd = sheet.centred(number, "upright", size.head, left, y + 9, narrow);

  const right = left + narrow;
  const motto = "Độc lập - Tự do - Hạnh phúc";
  y = sheet.centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "bold", 12, right, top, wide);
  y = sheet.centred(motto, "bold", size.head, right, y, wide);
  sheet.rule(right, y + 2, wide, pdf.widthOfString(motto));
  const rightEnd = sheet.centred(placeAndDate, "italic", size.head, right, y + 9, wide);

  y = Math.max(leftEnd, rightEnd) + 20;
  y = sheet.centred(kind, "bold", size.body, left, y, width);
  for (const line of summary) y = sheet.centred(line, "bold", size.body, left, y, width);
  sheet.rule(left, y + 3, width, width * 0.2);
  pdf.y = y + 14;
  if (addressee !== null) {
    pdf.y = sheet.centred(`Kính gửi: ${addressee}`, "upright", size.body, left, pdf.y, width) + 8;
  }
}

/** Room for the recipients on the left, and for title, signature and name on the right. */
const endHeight = ({ recipients }: AdministrativeDocument): number =>
  Math.max(150, 30 + recipients.length * 14);

function writeEnd(sheet: Sheet, document: AdministrativeDocument): void {
  const { pdf, left, width } = sheet;
  const { recipients, signature } = document;
  // Never cut in two.
  sheet.need(endHeight(document));
  pdf.y += 8;
  const top = pdf.y;
  const half = width / 2;
  pdf.font("bold italic").fontSize(12).text("Nơi nhận:", left, top, { width: half });
  pdf.font("upright").fontSize(size.to);
  for (const one of recipients) pdf.text(`- ${one}`, left, pdf.y, { width: half });
  let y = top;
  if (signature.capacity !== null)
    y = sheet.centred(signature.capacity, "bold", size.body, left + half, y, half);
  y = sheet.centred(signature.title, "bold", size.body, left + half, y, half);
  sheet.centred(signature.name, "bold", size.body, left + half, y + 70, half);
}
