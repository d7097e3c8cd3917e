import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { goals, type Row, reaches } from "./goals.ts";

const page = new URL("../../docs/performance.md", import.meta.url);
const begin = "<!-- measured: begin -->";
const end = "<!-- measured: end -->";

/** A value with as many digits as it deserves. */
function written({ name, value }: Row): string {
  const { unit } = goals[name];
  if (unit === "readings") return `${value}`;
  if (unit === "MiB") return `${value.toFixed(0)} MiB`;
  return unit === "ms" ? `${value.toFixed(1)} ms` : value.toFixed(2);
}

function limit(name: Row["name"], value: number): string {
  return `${goals[name].better === "more" ? "≥" : "≤"} ${value}${goals[name].unit === "ms" ? " ms" : goals[name].unit === "MiB" ? " MiB" : ""}`;
}

/** How far what is aimed at is: reached, or by which factor it is missed. */
function distance({ name, value }: Row): string {
  const { aim, better } = goals[name];
  if (reaches(name, value, aim)) return "reached";
  const factor = better === "more" ? aim / value : value / aim;
  return Number.isFinite(factor) ? `${factor.toFixed(2)} times away` : `${value} too many`;
}

/** The rows as a table in Markdown, which a person reads as well on a screen. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { goal, good, aim } = goals[row.name];
    return [
      goal,
      written(row),
      limit(row.name, good),
      reaches(row.name, row.value, good) ? "yes" : "**no**",
      limit(row.name, aim),
      distance(row),
      row.about,
    ];
  });
  const head = ["goal", "measured", "good", "holds", "to aim at", "how far", "in figures"];
  const all = [head, ...cells];
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(head), rule, ...cells.map(line)].join("\n");
}

/** The machine in words: what a figure depends on. */
function machine(): string {
  const [{ model } = { model: "unknown" }] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} × ${model.trim()}, ${memory} GiB, Node ${process.versions.node}, influxd 1.x`;
}

/** Writes the table into `docs/performance.md`. @throws Error when the page has lost its marks. */
export function writePage(rows: readonly Row[], when: Date, command: string): void {
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page.pathname} has no ${begin} … ${end}`);
  const date = when.toISOString().slice(0, 10);
  const measured = `${begin}\nMeasured ${date} by \`${command}\` on ${machine()}.\n\n${table(rows)}\n`;
  writeFileSync(page, text.slice(0, from) + measured + text.slice(to));
}
