import { type Flag, flags } from "@kenh/schemas";
import type { DriverSample } from "../../driver.ts";
import { type Interpreted, interpret } from "../extract.ts";
import type { NodePoint } from "./config.ts";
import type { RawValue } from "./messages.ts";

const missing: Interpreted = { value: null, flag: flags.missing };

/** The two highest bits of a status code (OPC UA part 4, 7.39.1). */
const severities = ["good", "uncertain", "bad", "bad"] as const;
/** InfoType DataValue with the bit Overflow: the server's queue has dropped values (7.39.1). */
const overflow = 0x0480;

/**
 * Good is the server's judgement and passes (1); uncertain is suspect (3); bad fails (4), or is
 * missing (9) where it comes without a value.
 */
function severityFlag(status: number): Flag {
  const severity = severities[status >>> 30];
  if (severity === "good") return flags.pass;
  return severity === "uncertain" ? flags.suspect : flags.fail;
}

/** Whether values before this one were dropped by the server. */
function overflowed(status: number): boolean {
  return (status & overflow) === overflow;
}

/** The shortest decimal that is the same 32-bit float: 1.93, where binary says 1.9299999475479126. */
export function shortest(float: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return float;
}

/**
 * Makes samples of what one notification brought, in its order; readings of one instant are one.
 * @param now stands for the time of the source where neither it nor the server gave one
 */
export function samplesOf(
  raw: readonly RawValue[],
  points: readonly NodePoint[],
  now: number,
  refuse: (at: string, reason: string) => void,
): DriverSample[] {
  const samples: DriverSample[] = [];
  for (const { point: index, value, unusable, status, statusName, ts = now } of raw) {
    const point = points[index];
    if (!point) continue;
    const { quantity, node } = point;
    if (overflowed(status)) {
      refuse(node, "the server dropped values: raise queueSize or shorten publishingIntervalMs");
    }
    if (unusable !== undefined) refuse(node, unusable);
    const read = unusable === undefined ? interpret(value, point) : missing;
    if (read.reason !== undefined) refuse(node, read.reason);
    const severity = severityFlag(status);
    if (unusable === undefined && severity === flags.fail && value === null)
      refuse(node, `the server says ${statusName}`);
    let sample = samples.at(-1);
    if (sample?.ts !== ts || sample.qc?.[quantity] !== undefined) {
      sample = { ts, values: {}, qc: {} };
      samples.push(sample);
    }
    if (read.value !== null) sample.values[quantity] = read.value;
    // What the conversion finds amiss is worse than what the server thinks of it.
    const own = read.flag === flags.notEvaluated ? flags.pass : read.flag;
    if (sample.qc) sample.qc[quantity] = own > severity ? own : severity;
  }
  return samples;
}
