/** An answer that is no (1) or a wrong use (2), with its reason. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Prints an answer: JSON for a program, else the lines for a person. */
export function print(
  json: boolean | undefined,
  answer: unknown,
  lines: () => readonly string[],
): void {
  process.stdout.write(
    json
      ? `${JSON.stringify(answer)}\n`
      : lines()
          .map((line) => `${line}\n`)
          .join(""),
  );
}

/** Aligns rows of cells into columns. */
export function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, String(cell).length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, at) =>
        typeof cell === "number"
          ? String(cell).padStart(widths[at] ?? 0)
          : cell.padEnd(widths[at] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

/** A local date and time in the ward's form. */
export function when(ms: number | null): string {
  if (ms === null) return "–";
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Ho_Chi_Minh",
    dateStyle: "short",
    timeStyle: "medium",
  });
  return parts.format(ms).replace(",", "");
}
