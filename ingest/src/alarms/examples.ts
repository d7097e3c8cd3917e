import { isDeepStrictEqual } from "node:util";
import type { AlarmRule, Quantity } from "@kenh/schemas";
import type { Catalogue } from "../catalogue.ts";
import { check, judgedBefore } from "../check.ts";
import type { RegisteredDevice } from "../registry.ts";
import { type Crossing, type Evaluation, evaluate, unevaluated } from "./evaluate.ts";

type Expected = AlarmRule["examples"][number]["transitions"];

/** How one example of one rule came out. */
export interface ExampleResult {
  readonly rule: string;
  readonly example: string;
  readonly ok: boolean;
  readonly expected: Expected;
  readonly got: readonly Crossing[];
  /** Why the readings could not be taken, as the check of telemetry words it. */
  readonly fault?: string;
}

/**
 * Runs the examples of every rule, through the same check and evaluation as live telemetry, so that
 * a value outside its plausible range counts as failed here too.
 */
export function testRules(catalogue: Pick<Catalogue, "rules" | "quantities">): ExampleResult[] {
  return [...catalogue.rules.values()].flatMap((rule) => {
    const device = exampleDevice(rule, catalogue.quantities);
    return rule.examples.map((example) => testExample(rule, example, device));
  });
}

function testExample(
  rule: AlarmRule,
  { name, samples, transitions }: AlarmRule["examples"][number],
  device: RegisteredDevice,
): ExampleResult {
  const result = { rule: rule.id, example: name, expected: transitions };
  const checked = check(samples, device, 0, judgedBefore);
  const [reject] = checked.rejects;
  if (reject) return { ...result, ok: false, got: [], fault: `${reject.reason}: ${reject.detail}` };
  const got: Crossing[] = [];
  let state: Evaluation = unevaluated;
  for (const { ts, fields } of checked.samples) {
    for (const { name: quantity, value, flag } of fields) {
      if (quantity !== rule.quantity) continue;
      const verdict = evaluate(rule, state, { ts, value, flag });
      state = verdict.state;
      if (verdict.crossing) got.push(verdict.crossing);
    }
  }
  const events = got.map(({ at, event }) => ({ at, event }));
  return { ...result, ok: isDeepStrictEqual(events, transitions), got };
}

/** A device that may send every quantity there is. */
function exampleDevice(
  rule: AlarmRule,
  quantities: ReadonlyMap<string, Quantity>,
): RegisteredDevice {
  return {
    identity: "00/00000/example/example",
    profile: `of the examples of ${rule.id}`,
    quantities,
    series: { measurement: rule.measurement, tags: [] },
    intervalMs: undefined,
  };
}
