import { type Flag, flags } from "@kenh/schemas";
import type { Transform } from "../transform.ts";
import type { ChecksConfig } from "./config.ts";
import { flatLine } from "./flat-line.ts";
import { grossRange } from "./gross-range.ts";
import { type Judge, worst } from "./judge.ts";
import { rateOfChange } from "./rate-of-change.ts";
import { spike } from "./spike.ts";

/**
 * Adds the flags of the checks to the samples. A value is never changed or left out; the driver's own
 * flag is never improved; only numbers are judged. A value that has failed, by the driver or by its
 * range, is no neighbour to those that follow: only its range is judged.
 */
export function checks(config: ChecksConfig): Transform {
  const byQuantity = new Map(Object.entries(config));
  const judges = new Map<string, ReturnType<typeof judgesOf>>();
  return (sample) => {
    const qc: Record<string, Flag> = { ...sample.qc };
    for (const [quantity, value] of Object.entries(sample.values)) {
      const wanted = byQuantity.get(quantity);
      if (!wanted || typeof value !== "number" || !Number.isFinite(value)) continue;
      const key = `${sample.device ?? ""} ${quantity}`;
      let judged = judges.get(key);
      if (!judged) {
        judged = judgesOf(wanted);
        judges.set(key, judged);
      }
      const found = [qc[quantity] ?? flags.notEvaluated];
      if (judged.range) found.push(judged.range(sample.ts, value));
      const failed = worst(found) === flags.fail || worst(found) === flags.missing;
      if (!failed) for (const judge of judged.sequence) found.push(judge(sample.ts, value));
      const flag = worst(found);
      if (flag !== flags.notEvaluated) qc[quantity] = flag;
    }
    return [Object.keys(qc).length > 0 ? { ...sample, qc } : sample];
  };
}

function judgesOf(wanted: ChecksConfig[string]): {
  readonly range: Judge | undefined;
  readonly sequence: readonly Judge[];
} {
  const sequence: Judge[] = [];
  if (wanted.spike) sequence.push(spike(wanted.spike));
  if (wanted.flatLine) sequence.push(flatLine(wanted.flatLine));
  if (wanted.rateOfChange) sequence.push(rateOfChange(wanted.rateOfChange));
  return { range: wanted.range && grossRange(wanted.range), sequence };
}
