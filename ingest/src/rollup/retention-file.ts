import { existsSync } from "node:fs";
import { identityPartPattern, measurementSchema } from "@kenh/schemas";
import * as z from "zod";
import { type DataFile, readDataFile } from "../data-file.ts";
import { didYouMean } from "../nearest.ts";
import type { Minutes } from "./compute.ts";
import type { Level } from "./windows.ts";

const days = z.number().min(0).max(36_500).describe("days; 0 keeps for ever");

const line = z.strictObject({
  class: measurementSchema.optional().describe("a measurement, such as water; all when absent"),
  unit: z
    .string()
    .refine((text) => text.split("/").length === 2 && text.split("/").every(isPart), {
      error: "must be a province and a unit, such as 82/29869",
    })
    .optional(),
  raw: days.optional().describe("readings as they came"),
  minutes: z.union([days, z.literal("off")]).optional(),
  hours: days.optional(),
  days: days.optional(),
});
type Line = z.infer<typeof line>;

/** `retention.yaml` in the station's folder: how long readings and roll-ups are kept, by class and unit. */
const retentionFileSchema = z.strictObject({ version: z.literal(1), keep: z.array(line) });

function isPart(text: string): boolean {
  return identityPartPattern.test(text);
}

/** How long something is kept, in days; 0 for ever. */
export interface Kept {
  readonly raw: number;
  /** `off`: none are written. */
  readonly minutes: number | "off";
  readonly hours: number;
  readonly days: number;
}

/** From the shortest-lived on: nothing may outlive what comes after it. */
const order = ["raw", "minutes", "hours", "days"] as const;
const keyOf: Readonly<Record<Level | "raw", (typeof order)[number]>> = {
  raw: "raw",
  "1m": "minutes",
  "1h": "hours",
  "1d": "days",
};

/** How long the readings and roll-ups of each class and unit are kept. */
export interface RetentionPolicy {
  /** Of a class, which is a measurement of readings, of `province/unit`. */
  keptOf(of: string, unit: string): Kept;
  /** Days; 0 for ever. */
  daysOf(of: string, unit: string, level: Level | "raw"): number;
  /** Which minutes are written. */
  minutesOf(of: string, unit: string): Minutes;
  /** Whether nothing is ever too old. */
  readonly keepsAll: boolean;
  /** Changes when other minutes are to be written than before. */
  readonly minutesKey: string;
}

/**
 * The policy of some lines: what the last one that fits says goes, each of its four numbers apart.
 * @param rawDays how long readings are kept where no line says so
 */
function policyOf(lines: readonly Line[], rawDays: number): RetentionPolicy {
  const known = new Map<string, Kept>();

  function keptOf(of: string, unit: string): Kept {
    const key = `${of} ${unit}`;
    const before = known.get(key);
    if (before) return before;
    let kept: Kept = { raw: rawDays, minutes: 0, hours: 0, days: 0 };
    for (const one of lines) {
      if ((one.class ?? of) !== of || (one.unit ?? unit) !== unit) continue;
      const { raw = kept.raw, minutes = kept.minutes, hours = kept.hours, days = kept.days } = one;
      kept = { raw, minutes, hours, days };
    }
    known.set(key, kept);
    return kept;
  }
  function minutesOf(of: string, unit: string): Minutes {
    const { raw, minutes } = keptOf(of, unit);
    if (minutes === "off") return "off";
    return isLonger(minutes, raw) ? "always" : "dense";
  }
  return {
    keptOf,
    daysOf(of, unit, level) {
      const kept = keptOf(of, unit)[keyOf[level]];
      return kept === "off" ? 0 : kept;
    },
    minutesOf,
    keepsAll: rawDays === 0 && !lines.some((one) => order.some((name) => Number(one[name]) > 0)),
    minutesKey: JSON.stringify(pairsOf(lines).map(([of, unit]) => [of, unit, minutesOf(of, unit)])),
  };
}

function isLonger(one: number, other: number): boolean {
  return other > 0 && (one === 0 || one > other);
}

/** Every class and unit that lines speak of, each class with each unit, and those that none speaks of. */
function pairsOf(lines: readonly Line[]): [of: string, unit: string][] {
  const classes = new Set(["", ...lines.flatMap((one) => one.class ?? [])]);
  const units = new Set(["", ...lines.flatMap((one) => one.unit ?? [])]);
  return [...classes].flatMap((of) => [...units].map((unit): [string, string] => [of, unit]));
}

/**
 * Reads the file; where there is none, readings are kept for `rawDays` and roll-ups for ever.
 * @param classes the measurements that there are
 * @throws Error with every fault as `file:line: what is wrong and what to write instead`
 */
export function readRetention(
  file: string,
  rawDays: number,
  classes: ReadonlySet<string>,
): RetentionPolicy {
  if (!existsSync(file)) return policyOf([], rawDays);
  const read = readDataFile(file, retentionFileSchema);
  const policy = policyOf(read.data.keep, rawDays);
  const faults = [...unknownClasses(read, classes), ...tooShort(read, policy)];
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return policy;
}

type Read = DataFile<z.infer<typeof retentionFileSchema>>;

function unknownClasses({ data, at }: Read, classes: ReadonlySet<string>): string[] {
  return data.keep.flatMap(({ class: of }, index) =>
    of === undefined || classes.has(of)
      ? []
      : [`${at(["keep", index, "class"])}: there is no class ${of}${didYouMean(of, classes)}`],
  );
}

/** A coarser roll-up answers for what the finer one no longer has, so it may not go before it. */
function tooShort({ data, at }: Read, policy: RetentionPolicy): string[] {
  const faults = new Set<string>();
  for (const [of, unit] of pairsOf(data.keep)) {
    const kept = policy.keptOf(of, unit);
    const said = order.filter((name) => kept[name] !== "off");
    said.forEach((name, index) => {
      const before = said[index - 1];
      if (!before || !isLonger(kept[before] as number, kept[name] as number)) return;
      const fits = (one: Line): boolean => (one.class ?? of) === of && (one.unit ?? unit) === unit;
      const last = data.keep.findLastIndex((one) => fits(one) && (name in one || before in one));
      const who = [of || "other classes", unit || "other units"].join(", ");
      const more = kept[before] === 0 ? "0 (for ever)" : `${kept[before]} or 0`;
      faults.add(
        `${at(["keep", last])}: ${name} ${kept[name]} goes before ${before} ${kept[before]} (${who}): keep ${name} for ${more}`,
      );
    });
  }
  return [...faults];
}
