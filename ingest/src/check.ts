import {
  type Envelope,
  type Flag,
  flags,
  isFlag,
  messageLimits,
  type Quantity,
  type QuarantineReason,
  type Value,
} from "@kenh/schemas";
import type { RegisteredDevice } from "./registry.ts";
import { type Bag, isBag, type Reject, Rejects } from "./rejects.ts";
import type { Field, Point } from "./stores/store.ts";

/** A message after the check: every reading is a field of `samples` or counted in `rejects`. */
export interface Checked {
  readonly agent: string | null;
  readonly epoch: string | null;
  readonly seq: number | null;
  readonly samples: readonly Point[];
  /** Readings in `samples`. */
  readonly good: number;
  readonly rejects: readonly Reject[];
}

/** Limits of what is taken, and the instants they are counted from (milliseconds since 1970 UTC). */
export interface CheckLimits {
  readonly maxSamples: number;
  /** The greatest `ts` that is believed. */
  readonly newestTs: number;
  /** The least `ts` that the retention keeps. */
  readonly oldestTs: number;
}

/** How far a device's clock may be ahead (CONTRACT: `clock-ahead`). */
const maxAheadMs = 5 * 60_000;
/** Line protocol counts nanoseconds in 64 bits. */
const storeRangeMs = 9_223_372_036_854;

/**
 * Limits for a message that is judged now.
 * @param oldestTs the least `ts` that is kept; all when absent
 */
export function limitsAt(
  now: number,
  oldestTs: number = Number.NEGATIVE_INFINITY,
  maxSamples: number = messageLimits.maxSamples,
): CheckLimits {
  return {
    maxSamples,
    newestTs: now + maxAheadMs,
    oldestTs: Math.max(oldestTs, -storeRangeMs),
  };
}

/** No limit in time: for what was judged when it came. */
export const judgedBefore: CheckLimits = {
  maxSamples: Number.POSITIVE_INFINITY,
  newestTs: storeRangeMs,
  oldestTs: -storeRangeMs,
};

/** A message that can't be taken apart: all of it is set aside as one piece. */
export function rejectWhole(reason: QuarantineReason, detail: string, readings = 1): Checked {
  const reject = { reason, detail, readings, part: undefined };
  return { agent: null, epoch: null, seq: null, samples: [], good: 0, rejects: [reject] };
}

/**
 * Judges each reading of a parsed telemetry payload (CONTRACT: payload, quarantine). Pure.
 * @param stampTs the time that the flat form takes, which has none of its own
 */
export function check(
  payload: unknown,
  device: RegisteredDevice,
  stampTs: number,
  limits: CheckLimits,
): Checked {
  if (Array.isArray(payload)) return checkSamples(payload, device, limits, null);
  if (!isBag(payload)) {
    return rejectWhole(
      "invalid-envelope",
      `the payload is ${show(payload)}, not an object or an array of samples`,
    );
  }
  if ("samples" in payload) {
    const fault = envelopeFault(payload);
    if (fault) return rejectWhole("invalid-envelope", fault, countReadings(payload.samples));
    return checkSamples(payload.samples as unknown[], device, limits, payload);
  }
  if ("values" in payload) return checkSamples([payload], device, limits, null);
  if ("v" in payload && "seq" in payload) {
    return rejectWhole("invalid-envelope", "the envelope has no samples");
  }
  return checkFlat(payload, device, stampTs, limits);
}

/** What a well-formed envelope says of its sender; undefined for everything else. */
export function envelopeOf(payload: unknown): Pick<Checked, "agent" | "epoch" | "seq"> | undefined {
  if (!isBag(payload) || !("samples" in payload) || envelopeFault(payload)) return undefined;
  const { agent, epoch, seq } = payload as unknown as Envelope;
  return { agent, epoch, seq };
}

function envelopeFault(envelope: Bag): string | undefined {
  const { v, agent, epoch, seq, samples } = envelope;
  if (v !== 1) return `v is ${show(v)}; this is version 1`;
  if (typeof agent !== "string" || agent === "" || agent.length > 128) {
    return `agent is ${show(agent)}; it must be a text of 1 to 128 characters`;
  }
  if (typeof epoch !== "string" || epoch === "" || epoch.length > 64) {
    return `epoch is ${show(epoch)}; it must be a text of 1 to 64 characters`;
  }
  if (!Number.isSafeInteger(seq) || (seq as number) < 0) {
    return `seq is ${show(seq)}; it must be a whole number from 0`;
  }
  if (!Array.isArray(samples) || samples.length === 0) {
    return `samples is ${show(samples)}; it must be a list with at least one sample`;
  }
  return undefined;
}

function checkSamples(
  given: readonly unknown[],
  device: RegisteredDevice,
  limits: CheckLimits,
  envelope: Bag | null,
): Checked {
  if (given.length === 0) return rejectWhole("invalid-envelope", "the list of samples is empty");
  const epoch = (envelope?.epoch as string | undefined) ?? null;
  const agent = (envelope?.agent as string | undefined) ?? null;
  const seq = (envelope?.seq as number | undefined) ?? null;
  if (given.length > limits.maxSamples) {
    const detail = `${given.length} samples; a message may carry ${limits.maxSamples}: send several`;
    const whole = rejectWhole("too-large", detail, countReadings(given));
    return { ...whole, agent, epoch, seq };
  }
  const rejects = new Rejects(envelope);
  let points = 0;
  let good = 0;
  for (const sample of given) {
    const fields = checkSample(sample, device, limits, rejects);
    if (fields.length === 0) continue;
    good += fields.length;
    gatheredPoints[points++] = {
      series: device.series,
      ts: (sample as { ts: number }).ts,
      fields,
    };
  }
  const samples = gatheredPoints.slice(0, points);
  return { agent, epoch, seq, samples, good, rejects: rejects.list(good === 0) };
}

const none: readonly Field[] = [];
/**
 * The points of the message and the fields of the sample that are being checked: they wait in memory, so
 * each gets an array that just fits.
 */
const gatheredPoints: Point[] = [];
const gathered: Field[] = [];

function checkSample(
  sample: unknown,
  device: RegisteredDevice,
  limits: CheckLimits,
  rejects: Rejects,
): readonly Field[] {
  const fault = sampleFault(sample, limits);
  if (fault) {
    rejects.add(fault[0], fault[1], countReadings([sample]), sample);
    return none;
  }
  const bag = sample as SampleBag;
  const { values, qc } = bag;
  const { quantities } = device;
  let count = 0;
  let readings = 0;
  for (const name in values) {
    readings++;
    const quantity = quantities.get(name);
    const value = values[name];
    const given = qc === undefined ? flags.notEvaluated : (qc[name] ?? flags.notEvaluated);
    if (
      quantity === undefined ||
      quantity.derived === true ||
      !fits(value, quantity) ||
      !isFlag(given)
    ) {
      rejectReading(bag, name, device, rejects);
      continue;
    }
    const flag = rangeFlag(value as Value, quantity, given);
    gathered[count++] = { name, type: quantity.type, value: value as Value, flag };
  }
  if (qc) {
    for (const name in qc) {
      if (Object.hasOwn(values, name)) continue;
      readings++;
      const quantity = quantities.get(name);
      if (quantity && !quantity.derived && qc[name] === flags.missing)
        gathered[count++] = { name, type: quantity.type, value: null, flag: flags.missing };
      else rejectReading(bag, name, device, rejects);
    }
  }
  if (readings === 0) rejects.add("invalid-envelope", "the sample has no reading", 1, sample);
  return gathered.slice(0, count);
}

/** A sample whose form is right. */
interface SampleBag extends Bag {
  readonly ts: number;
  readonly values: Bag;
  readonly qc?: Bag;
}

/** Rejects a reading, and finds out why: apart from the loop, for nearly every reading is good. */
function rejectReading(
  sample: SampleBag,
  name: string,
  device: RegisteredDevice,
  rejects: Rejects,
): void {
  const quantity = device.quantities.get(name);
  const flag = sample.qc?.[name];
  if (!quantity || quantity.derived) {
    rejects.addReading("unknown-quantity", () => unknownQuantity(name, device), sample, name);
  } else if (!Object.hasOwn(sample.values, name)) {
    rejects.addReading(
      "invalid-envelope",
      () => `${name} has flag ${show(flag)} and no value; only 9 (missing) may stand alone`,
      sample,
      name,
    );
  } else if (!fits(sample.values[name], quantity)) {
    rejects.addReading(
      "type-mismatch",
      () => mismatch(sample.values[name], quantity),
      sample,
      name,
    );
  } else {
    rejects.addReading(
      "invalid-envelope",
      () => `qc of ${name} is ${show(flag)}; QARTOD flags are 1, 2, 3, 4 and 9`,
      sample,
      name,
    );
  }
}

/** What is wrong with a sample as a whole. */
function sampleFault(
  sample: unknown,
  limits: CheckLimits,
): readonly [QuarantineReason, detail: string] | undefined {
  if (!isBag(sample)) return ["invalid-envelope", `a sample is ${show(sample)}, not an object`];
  const { ts, values, qc } = sample;
  if (!Number.isSafeInteger(ts)) {
    const detail = `ts is ${show(ts)}; it must be whole milliseconds since 1970 UTC`;
    return ["invalid-envelope", detail];
  }
  if (!isBag(values)) {
    return ["invalid-envelope", `values is ${show(values)}; it must be an object`];
  }
  if (qc !== undefined && !isBag(qc)) {
    return ["invalid-envelope", `qc is ${show(qc)}; it must be an object`];
  }
  const at = ts as number;
  if (at > limits.newestTs) {
    const ahead = Math.round((at - limits.newestTs + maxAheadMs) / 1000);
    return ["clock-ahead", `ts ${at} is ${ahead} s ahead: set the device's clock`];
  }
  if (at < limits.oldestTs) {
    return ["too-old", `ts ${at} is older than what is kept (from ${limits.oldestTs})`];
  }
  return undefined;
}

function checkFlat(
  flat: Bag,
  device: RegisteredDevice,
  stampTs: number,
  limits: CheckLimits,
): Checked {
  const sample = { ts: stampTs, values: flat };
  const checked = checkSamples([sample], device, limits, null);
  return {
    ...checked,
    rejects: checked.rejects.map((reject) => ({
      ...reject,
      // As it came, flat: the time of arrival is kept beside it, not inside.
      part:
        reject.part === undefined
          ? undefined
          : Object.assign({}, ...(reject.part as { values: Bag }[]).map(({ values }) => values)),
    })),
  };
}

/** Whether the value has the quantity's type and can be kept as it is. */
function fits(value: unknown, quantity: Quantity): boolean {
  switch (quantity.type) {
    case "float":
      return typeof value === "number" && Number.isFinite(value);
    case "integer":
      return Number.isSafeInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string" && value.isWellFormed();
  }
}

/** Outside the plausible range is a fact to keep and not to trust: flag 4 (QARTOD gross range test). */
function rangeFlag(value: Value, quantity: Quantity, given: Flag): Flag {
  if (typeof value !== "number" || given === flags.missing) return given;
  const { min, max } = quantity;
  return (min !== undefined && value < min) || (max !== undefined && value > max)
    ? flags.fail
    : given;
}

function unknownQuantity(name: string, device: RegisteredDevice): string {
  if (device.quantities.has(name)) {
    return `${name} is computed here from readings: what a device computes itself needs a name of its own`;
  }
  return `${show(name)} is not a quantity of profile ${device.profile}: add it to the profile or rename it, then replay`;
}

function mismatch(value: unknown, quantity: Quantity): string {
  return `${quantity.name} is ${show(value)}; its type is ${quantity.type}`;
}

/** How many readings a list of samples would be, whatever is wrong with them; at least one. */
export function countReadings(samples: unknown): number {
  if (!Array.isArray(samples)) return 1;
  let count = 0;
  for (const sample of samples) {
    if (!isBag(sample)) continue;
    if (isBag(sample.values)) count += Object.keys(sample.values).length;
    if (isBag(sample.qc)) {
      for (const name in sample.qc)
        if (!isBag(sample.values) || !Object.hasOwn(sample.values, name)) count++;
    }
  }
  return Math.max(count, 1);
}

function show(value: unknown): string {
  const text = value === undefined ? "absent" : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
