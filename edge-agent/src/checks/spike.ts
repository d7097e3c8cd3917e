import { flags } from "@kenh/schemas";
import type { SpikeConfig } from "./config.ts";
import { distance } from "./distance.ts";
import type { Judge } from "./judge.ts";

interface Neighbour {
  readonly ts: number;
  readonly value: number;
}

/**
 * QARTOD Spike Test, for the newest value. QARTOD judges value n−1 when value n is there: it is a
 * spike when it differs from both neighbours by more than a threshold (low threshold: suspect, high
 * threshold: fail). Here a flag leaves with its value and the first flag of an instant stands, so a
 * value is compared with what is there already: the value before it and the last one that passed. A
 * spike is flagged as QARTOD would; the return from it passes; of a true step the first value is
 * suspect and the next one, which confirms it, passes. The first value after a gap or a step back in time is not
 * judged.
 */
export function spike({ suspect, fail = Infinity, withinMs }: SpikeConfig): Judge {
  let before: Neighbour | undefined;
  let passed: Neighbour | undefined;
  return (ts, value) => {
    if (ts === before?.ts) return flags.notEvaluated;
    const now = { ts, value };
    if (!before || !passed || ts < before.ts || ts - before.ts > withinMs) {
      before = now;
      passed = now;
      return flags.notEvaluated;
    }
    const deviation = Math.min(distance(value, before.value), distance(value, passed.value));
    before = now;
    if (deviation > fail) return flags.fail;
    if (deviation > suspect) return flags.suspect;
    passed = now;
    return flags.pass;
  };
}
