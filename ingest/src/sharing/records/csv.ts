/** A table as it was handed over. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A table that a spreadsheet of a country with decimal commas has written is separated by semicolons. */
  readonly separator: "," | ";";
}

/**
 * Reads a table by RFC 4180, with or without a byte order mark, separated by commas or semicolons
 * (whichever is the more frequent in its first line); empty lines are left out.
 * @throws SyntaxError naming the line of a quote that is not closed
 */
export function parseCsv(text: string): Table {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const first = body.slice(0, body.search(/[\r\n]|$/));
  const separator = first.split(";").length > first.split(",").length ? ";" : ",";
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  const endRow = (): void => {
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  while (at < body.length) {
    let cell: string;
    if (body[at] === '"') [cell, at] = quoted(body, at);
    else {
      const end = next(body, at, separator);
      cell = body.slice(at, end);
      at = end;
    }
    row.push(cell.trim());
    if (body[at] === separator) {
      at++;
      if (at === body.length) row.push("");
      continue;
    }
    if (body[at] === "\r") at++;
    if (body[at] === "\n") at++;
    endRow();
  }
  if (row.length > 0) endRow();
  const [head = [], ...rest] = rows;
  return { head, rows: rest, separator };
}

function next(text: string, from: number, separator: string): number {
  let at = from;
  while (at < text.length && text[at] !== separator && text[at] !== "\r" && text[at] !== "\n") at++;
  return at;
}

function quoted(text: string, from: number): [string, number] {
  let at = from + 1;
  let cell = "";
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) {
      const line = text.slice(0, from).split("\n").length;
      throw new SyntaxError(`line ${line}: a quote is opened and not closed`);
    }
    cell += text.slice(at, end);
    if (text[end + 1] !== '"') return [cell, end + 1];
    cell += '"';
    at = end + 2;
  }
}
