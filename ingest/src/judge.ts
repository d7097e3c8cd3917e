import type { Clock, Identity } from "@kenh/schemas";
import { messageLimits, parseTopic } from "@kenh/schemas";
import {
  type Checked,
  type CheckLimits,
  check,
  countReadings,
  envelopeOf,
  limitsAt,
  rejectWhole,
} from "./check.ts";
import { decode } from "./decode.ts";
import type { RegisteredDevice, Registry } from "./registry.ts";
import type { Reject } from "./rejects.ts";
import type { Series } from "./stores/store.ts";

/** Limits of one message and of the past. */
export interface JudgeConfig {
  readonly maxBytes: number;
  readonly maxSamples: number;
  /** The earliest instant of which readings of a series are still taken. */
  readonly oldestOf: (series: Series) => number;
}

export const judgeDefaults: JudgeConfig = {
  ...messageLimits,
  oldestOf: () => Number.NEGATIVE_INFINITY,
};

/** What of a message can't be stored, ready to be kept. */
export interface Refused extends Omit<Reject, "part"> {
  /** JSON of the part of the payload concerned; undefined for all of it. */
  readonly part: Buffer | undefined;
}

/** A payload after judgement: each reading good or set aside with its reason. */
export interface JudgedPayload extends Omit<Checked, "rejects"> {
  readonly rejects: readonly Refused[];
}

/** What the ingest makes of a message. */
export interface Judged extends JudgedPayload {
  readonly device: Identity | null;
}

/** Judges messages by the registry of the moment. */
export function createJudge(registry: Pick<Registry, "find">, config: JudgeConfig, now: Clock) {
  const find = (identity: Identity | null) =>
    identity === null ? undefined : registry.find(identity);

  /**
   * @param stampTs the time that a flat payload takes
   * @param heardAt when the sender's clock was what it is judged by: now, unless it has waited
   */
  function judge(topic: string, payload: Uint8Array, stampTs: number, heardAt = now()): Judged {
    const identity = parseTopic(topic)?.identity ?? null;
    const known = find(identity);
    const { newestTs } = limitsAt(heardAt);
    const oldestTs = known && config.oldestOf(known.series);
    const limits = { ...limitsAt(now(), oldestTs, config.maxSamples), newestTs };
    const { agent, epoch, seq, samples, good, rejects } = judgeFor(
      identity,
      known,
      payload,
      stampTs,
      limits,
    );
    // The registry's own text, which maps find by reference, not one cut out of each topic.
    return { device: known?.identity ?? identity, agent, epoch, seq, samples, good, rejects };
  }

  function judgePayload(
    identity: Identity | null,
    payload: Uint8Array,
    stampTs: number,
    limits: CheckLimits,
  ): JudgedPayload {
    return judgeFor(identity, find(identity), payload, stampTs, limits);
  }

  function judgeFor(
    identity: Identity | null,
    device: RegisteredDevice | undefined,
    payload: Uint8Array,
    stampTs: number,
    limits: CheckLimits,
  ): JudgedPayload {
    try {
      return written(judgeValue(identity, device, payload, stampTs, limits));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // What JSON.parse can read may be nested deeper than JSON.stringify can write.
      return written(rejectWhole("invalid-json", `the payload can't be handled: ${error.message}`));
    }
  }

  function judgeValue(
    identity: Identity | null,
    device: RegisteredDevice | undefined,
    payload: Uint8Array,
    stampTs: number,
    limits: CheckLimits,
  ): Checked {
    if (payload.length > config.maxBytes) {
      return rejectWhole(
        "too-large",
        `${payload.length} bytes; a message may have ${config.maxBytes}: send several`,
      );
    }
    const decoded = decode(payload);
    if (!device) {
      const known = decoded.fault === undefined;
      const readings = known ? readingsOf(decoded.value) : 1;
      const whole = rejectWhole("unknown-device", unknownDevice(identity), readings);
      // Its outbox counts from the first message on: what comes after an adoption has no gap before it.
      return known ? { ...whole, ...envelopeOf(decoded.value) } : whole;
    }
    if (decoded.fault !== undefined) return rejectWhole("invalid-json", decoded.fault);
    return check(decoded.value, device, stampTs, limits);
  }

  return { judge, judgePayload };
}
export type Judge = ReturnType<typeof createJudge>;

function written(checked: Checked): JudgedPayload {
  const { rejects } = checked;
  if (rejects.length === 0) return checked as Checked & { rejects: readonly [] };
  return {
    ...checked,
    rejects: rejects.map((reject) => ({
      ...reject,
      part: reject.part === undefined ? undefined : Buffer.from(JSON.stringify(reject.part)),
    })),
  };
}

function unknownDevice(identity: Identity | null): string {
  return identity === null
    ? "the topic names no device: publish on kenh/v1/<province>/<unit>/<site>/<device>/telemetry"
    : `${identity} is not registered: kenh adopt ${identity}`;
}

/** How many readings a payload of any form would be. */
function readingsOf(payload: unknown): number {
  if (Array.isArray(payload)) return countReadings(payload);
  if (typeof payload !== "object" || payload === null) return 1;
  if ("samples" in payload) return countReadings(payload.samples);
  if ("values" in payload) return countReadings([payload]);
  return countReadings([{ values: payload }]);
}
