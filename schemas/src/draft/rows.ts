/** The cells of a row. */
export type Row = readonly string[];

const separators = ["\t", ";", "|", ","] as const;

/** Cuts a text into rows of cells: by tabs, semicolons, bars, commas, or by columns that stand in line. */
export function cellsOf(text: string): Row[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const separator = separators
    .map((each) => ({ each, counts: lines.map((line) => split(line, each).length) }))
    .filter(({ counts }) => counts.filter((count) => count >= 3).length >= counts.length * 0.5)
    .map(({ each, counts }) => ({ each, usual: usual(counts) }))
    .toSorted((a, b) => b.usual.share - a.usual.share)[0];
  if (separator) {
    return lines
      .map((line) => split(line, separator.each))
      .filter((row) => !row.every((cell) => /^[-=:\s]*$/.test(cell)))
      .map((row) => (separator.each === "|" ? bare(row) : row));
  }
  const two = lines.filter((line) => split(line, ",").length >= 2 || split(line, ";").length >= 2);
  if (two.length > lines.length * 0.8) {
    const each = lines[0]?.includes(";") ? ";" : ",";
    return lines.map((line) => split(line, each));
  }
  return aligned(lines);
}

/** How many cells most lines have, and how many lines have that many. */
function usual(counts: readonly number[]): { count: number; share: number } {
  const tally = new Map<number, number>();
  for (const count of counts) if (count > 1) tally.set(count, (tally.get(count) ?? 0) + 1);
  const [count = 0, times = 0] = [...tally].toSorted((a, b) => b[1] - a[1])[0] ?? [];
  return { count, share: times / counts.length };
}

/** A table in Markdown has a bar at either end. */
function bare(row: Row): Row {
  const start = row[0] === "" ? 1 : 0;
  return row.slice(start, row.at(-1) === "" ? -1 : undefined);
}

/** The cells of a line; a quoted one may hold the separator (RFC 4180). */
function split(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] as string;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (line[at + 1] === '"') {
        cell += '"';
        at++;
      } else quoted = false;
    } else if (sign === '"' && cell.trim() === "") {
      quoted = true;
      cell = "";
    } else if (sign === separator) {
      cells.push(cell.trim());
      cell = "";
    } else cell += sign;
  }
  cells.push(cell.trim());
  return cells;
}

/** Cells of columns that stand in line: what begins nearest below a head belongs to it. */
function aligned(lines: readonly string[]): Row[] {
  const chunks = (line: string) =>
    [...line.matchAll(/\S+(?: \S+)*/g)].map((match) => ({
      text: match[0],
      from: match.index,
      to: match.index + match[0].length,
    }));
  let columns: { from: number; to: number }[] = [];
  const rows: Row[] = [];
  for (const line of lines) {
    const found = chunks(line);
    if (/\b(name|tên|parameter|description)\b/i.test(line) && found.length >= 3) {
      columns = found.map(({ from, to }) => ({ from, to }));
      rows.push(found.map(({ text }) => text));
      continue;
    }
    if (columns.length === 0) {
      if (found.length >= 2) rows.push(found.map(({ text }) => text));
      continue;
    }
    if (found.length < 2 || found.every(({ text }) => /^[-=\s]*$/.test(text))) continue;
    const row = columns.map(() => "");
    for (const { text, from, to } of found) {
      const near = columns
        .map((column, at) => ({
          at,
          far: Math.min(Math.abs(column.from - from), Math.abs(column.to - to)),
          overlap: Math.min(column.to, to) - Math.max(column.from, from),
        }))
        .toSorted((a, b) => (b.overlap > 0 ? 1 : 0) - (a.overlap > 0 ? 1 : 0) || a.far - b.far)[0];
      if (near) row[near.at] = row[near.at] ? `${row[near.at]} ${text}` : text;
    }
    rows.push(row);
  }
  return rows;
}
