import { readFileSync, writeFileSync } from "node:fs";
import type { AlarmRule } from "@kenh/schemas";
import { makeRule } from "../../ingest/src/alarms/rule.fixture.ts";
import { run } from "../../ingest/src/alarms/run.fixture.ts";
import { sharedData } from "../support/shared-data.ts";

/** Readings with the stretches of time that somebody has labelled as anomalous. */
interface Labelled {
  readonly title: string;
  /** One series for each quantity; they share their labels. */
  readonly channels: readonly (readonly (readonly [ts: number, value: number])[])[];
  readonly windows: readonly (readonly [from: number, to: number])[];
  /** Readings at the beginning that a person would have had to set limits by; nothing counts in them. */
  readonly known: number;
  /** Usual time between two readings. */
  readonly stepMs: number;
}

interface Outcome {
  readonly rule: string;
  /** Labelled stretches in which an alarm was raised: one that stood before says nothing of them. */
  readonly found: number;
  /** Alarms that were raised outside of them. */
  readonly falseAlarms: number;
  /** Share of the readings outside of them at which an alarm stood. */
  readonly falseShare: number;
}

const folder = "timeseries/";
type Facts = Record<string, { modal_step_s: number; anomaly_windows?: [string, string][] }>;
const factsOf = (file: string) =>
  (JSON.parse(readFileSync(sharedData(`${folder}facts.json`), "utf8")) as Facts)[file];
const rowsOf = (file: string, separator: string): string[][] =>
  readFileSync(sharedData(folder + file), "utf8")
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(separator));
const at = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`);

/** The benchmark lets a detector look at the first 15 % of a file. */
const nabKnown = 0.15;
/** The first 400 seconds of an experiment are normal operation. */
const skabKnown = 400;

function nab(file: string): Labelled {
  const [, ...rows] = rowsOf(file, ",");
  const { modal_step_s, anomaly_windows = [] } = factsOf(file) ?? { modal_step_s: 0 };
  const cut = (text: string): number => at(text.replace(/\.\d+$/, ""));
  return {
    title: `NAB ${file.slice(4, -4)}`,
    channels: [rows.map(([time = "", value]) => [at(time), Number(value)])],
    windows: anomaly_windows.map(([from, to]) => [cut(from), cut(to)]),
    known: Math.floor(nabKnown * rows.length),
    stepMs: modal_step_s * 1000,
  };
}

function skab(file: string): Labelled {
  const [header = [], ...rows] = rowsOf(file, ";");
  const label = header.indexOf("anomaly");
  const times = rows.map(([time = ""]) => at(time));
  const channels = header.flatMap((name, column) =>
    ["datetime", "anomaly", "changepoint"].includes(name)
      ? []
      : [rows.map((row, n): [number, number] => [times[n] as number, Number(row[column])])],
  );
  const windows: [number, number][] = [];
  rows.forEach((row, n) => {
    const ts = times[n] as number;
    if (Number(row[label]) !== 1) return;
    if (n > 0 && Number(rows[n - 1]?.[label]) === 1) (windows.at(-1) as [number, number])[1] = ts;
    else windows.push([ts, ts]);
  });
  const stepMs = 1000;
  return { title: `SKAB ${file.slice(5, -4)}`, channels, windows, known: skabKnown, stepMs };
}

/**
 * The rules beside each other, none of them made for a file: the anomaly rule with 3.5 robust standard
 * deviations (Iglewicz and Hoaglin's advice) over 288 readings, a day at five minutes; the band of what
 * was seen in the known part; mean and three standard deviations of it.
 */
const contestants: Record<string, (known: readonly number[], stepMs: number) => AlarmRule> = {
  "anomaly rule": (_known, stepMs) =>
    makeRule({ kind: "anomaly", windowMs: 288 * stepMs, levels: [{ priority: 4, limit: 3.5 }] }),
  "fixed threshold": (known) => band(Math.min(...known), Math.max(...known)),
  "3 sigma": (known) => {
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const sigma = Math.sqrt(squares / known.length);
    return band(mean - 3 * sigma, mean + 3 * sigma);
  },
};
const band = (low: number, high: number): AlarmRule =>
  makeRule({ kind: "outside", levels: [{ priority: 4, low, high }] });

function judge(series: Labelled, name: string): Outcome {
  const found = new Set<number>();
  let falseAlarms = 0;
  let normal = 0;
  let disturbed = 0;
  for (const channel of series.channels) {
    const known = channel.slice(0, series.known);
    const make = contestants[name] as (typeof contestants)[string];
    const rule = make(
      known.map(([, value]) => value),
      series.stepMs,
    );
    const { crossings } = run(rule, channel, { intervalMs: series.stepMs });
    const from = channel[series.known]?.[0] ?? 0;
    const last = channel.at(-1)?.[0] ?? 0;
    for (let n = 0; n < crossings.length; n += 2) {
      const [raised, cleared] = [crossings[n]?.at ?? 0, crossings[n + 1]?.at ?? last + 1];
      if (cleared <= from) continue;
      const window = series.windows.findIndex(([begin, end]) => raised >= begin && raised <= end);
      if (window >= 0) found.add(window);
      else falseAlarms += 1;
      for (const [ts] of channel) {
        if (ts >= Math.max(from, raised) && ts < cleared && !isIn(series, ts)) disturbed += 1;
      }
    }
    normal += channel.filter(([ts]) => ts >= from && !isIn(series, ts)).length;
  }
  return { rule: name, found: found.size, falseAlarms, falseShare: disturbed / normal };
}

const isIn = ({ windows }: Labelled, ts: number): boolean =>
  windows.some(([from, to]) => ts >= from && ts <= to);

/** What each of the three makes of each file, as a table in Markdown. */
function table(): string {
  const all = [
    nab("nab_ambient_temperature_system_failure.csv"),
    nab("nab_occupancy_6005.csv"),
    nab("nab_rds_cpu_utilization_e47b3b.csv"),
    skab("skab_valve1_0.csv"),
    skab("skab_other_5.csv"),
  ];
  const rows = all.flatMap((series) =>
    Object.keys(contestants).map((name) => {
      const { found, falseAlarms, falseShare } = judge(series, name);
      const detected = `${found} of ${series.windows.length}`;
      const share = `${(100 * falseShare).toFixed(1)} %`;
      return [series.title, name, detected, String(falseAlarms), share];
    }),
  );
  const head = ["series", "rule", "found", "false alarms", "normal readings in alarm"];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const begin = "<!-- measured: begin -->";
const end = "<!-- measured: end -->";

/** The page with the table of now. @throws Error when it has lost its marks */
export function pageWith(text: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} … ${end}`);
  return `${text.slice(0, from)}${begin}\n${table()}\n${text.slice(to)}`;
}

/** Where the table stands. */
export const page = new URL("../../docs/anomaly.md", import.meta.url);

if (import.meta.main) {
  writeFileSync(page, pageWith(readFileSync(page, "utf8")));
  process.stdout.write(`${table()}\n`);
}
