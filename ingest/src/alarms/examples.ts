import { isDeepStrictEqual } from "node:util";
import {
  type AlarmRule,
  levelsOf,
  type Quantity,
  quantityOf,
  type RuleExample,
} from "@kenh/schemas";
import type { Catalogue } from "../catalogue.ts";
import { check, judgedBefore } from "../check.ts";
import type { RegisteredDevice } from "../registry.ts";
import type { Point } from "../stores/store.ts";
import {
  acknowledge,
  type Crossing,
  type Evaluation,
  elapse,
  evaluate,
  unevaluated,
} from "./evaluate.ts";

type Expected = RuleExample["transitions"];

/** How one example of one rule came out. */
export interface ExampleResult {
  readonly rule: string;
  readonly example: string;
  readonly ok: boolean;
  readonly expected: Expected;
  readonly got: Expected;
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
  example: RuleExample,
  device: RegisteredDevice,
): ExampleResult {
  const { name, samples, transitions } = example;
  const result = { rule: rule.id, example: name, expected: transitions };
  const checked = check(samples, device, 0, judgedBefore);
  const [reject] = checked.rejects;
  if (reject) return { ...result, ok: false, got: [], fault: `${reject.reason}: ${reject.detail}` };
  const got = play(rule, device, example, checked.samples).map(({ at, event, level }) => ({
    at,
    event,
    ...(level !== null && { priority: levelsOf(rule)[level]?.priority }),
  }));
  const asExpected = got.map(({ priority, ...line }, at) =>
    transitions[at]?.priority === undefined ? line : { ...line, priority },
  );
  return { ...result, ok: isDeepStrictEqual(asExpected, transitions), got };
}

/** The crossings of an example, with a clock that shows each instant at which something comes. */
function play(
  rule: AlarmRule,
  device: RegisteredDevice,
  { until, acknowledged = [] }: RuleExample,
  samples: readonly Point[],
): Crossing[] {
  const quantity = quantityOf(rule);
  const crossings: Crossing[] = [];
  let state: Evaluation = unevaluated;
  let heardAt = Number.POSITIVE_INFINITY;
  function tick(now: number): void {
    const lapsed = elapse(rule, device, state, { now, heardAt });
    state = lapsed.state;
    crossings.push(...lapsed.crossings);
  }
  const calls = [...acknowledged];
  function acknowledgeBefore(ts: number): void {
    for (let at = calls[0]; at !== undefined && at < ts; at = calls[0]) {
      tick(at);
      state = acknowledge(state);
      calls.shift();
    }
  }
  for (const { ts, fields } of samples) {
    acknowledgeBefore(ts);
    tick(ts);
    for (const { name, value, flag } of fields) {
      if (quantity !== null && name !== quantity) continue;
      const verdict = evaluate(rule, device, state, { ts, value, flag });
      state = verdict.state;
      crossings.push(...verdict.crossings);
    }
    heardAt = ts;
  }
  acknowledgeBefore(Number.POSITIVE_INFINITY);
  if (until !== undefined) tick(until);
  return crossings;
}

/** A device that may send every quantity there is, once a minute. */
function exampleDevice(
  rule: AlarmRule,
  quantities: ReadonlyMap<string, Quantity>,
): RegisteredDevice {
  return {
    identity: "00/00000/example/example",
    profile: `of the examples of ${rule.id}`,
    quantities,
    series: { measurement: rule.measurement, tags: [] },
    intervalMs: 60_000,
  };
}
