/** A row of a CSV file (RFC 4180), with the line that it begins in. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
  /** What is wrong with the row as such. */
  readonly fault?: string;
}

/** What spreadsheets separate cells by: a comma, where the comma is for decimals a semicolon, or a tab. */
const separators = [",", ";", "\t"] as const;

/** The rows of a text; empty ones are left out. The first row tells by what cells are separated. */
export function* readCsv(text: string): Iterable<CsvRow> {
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  const separator = separatorOf(text.slice(start, endOfLine(text, start)));
  let line = 1;
  for (let at = start; at < text.length; ) {
    const end = endOfLine(text, at);
    const plain = text.slice(at, text[end - 1] === "\r" ? end - 1 : end);
    if (!plain.includes('"')) {
      if (plain.trim() !== "") yield { line, cells: plain.split(separator) };
      line += 1;
      at = end + 1;
      continue;
    }
    const row = readQuoted(text, at, separator);
    yield { line, cells: row.cells, ...(row.fault !== undefined && { fault: row.fault }) };
    line += row.lines;
    at = row.next;
  }
}

/** A row, without its line end. */
export function writeCsv(cells: readonly string[]): string {
  return cells
    .map((cell) => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(",");
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function separatorOf(head: string): string {
  const counts = separators.map((each) => head.split(each).length);
  return separators[counts.indexOf(Math.max(...counts))] as string;
}

/** A row in which something is quoted: a cell may then hold separators, quotes and line ends. */
function readQuoted(text: string, from: number, separator: string) {
  const cells: string[] = [];
  let at = from;
  let lines = 1;
  for (;;) {
    let cell = "";
    if (text[at] === '"') {
      const opened = at;
      for (at += 1; ; at += 1) {
        const close = text.indexOf('"', at);
        if (close < 0) {
          const next = endOfLine(text, opened) + 1;
          return { cells, lines: 1, next, fault: "a quotation mark is opened and never closed" };
        }
        cell += text.slice(at, close);
        at = close + 1;
        if (text[at] !== '"') break;
        cell += '"';
      }
      lines += cell.split("\n").length - 1;
    }
    const stops = [text.indexOf(separator, at), endOfLine(text, at)].filter((stop) => stop >= 0);
    const stop = Math.min(...stops);
    cell += text.slice(at, stop).replace(/\r$/, "");
    cells.push(cell);
    at = stop + 1;
    if (text[stop] !== separator) return { cells, lines, next: at, fault: undefined };
  }
}
