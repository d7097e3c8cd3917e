import { isDeepStrictEqual } from "node:util";
import { type AlarmRule, levelsOf, type Quantity, type RuleExample } from "@kenh/schemas";
import type { Catalogue } from "../catalogue.ts";
import { check, judgedBefore } from "../check.ts";
import type { RegisteredDevice } from "../registry.ts";
import type { View } from "../view.ts";
import { measurementFor, play } from "./play.ts";

type Expected = RuleExample["transitions"];
type Sample = RuleExample["samples"][number];

/** How one example of one rule came out. */
export interface ExampleResult {
  readonly rule: string;
  /** The province or unit whose it is; absent where it is for all. */
  readonly unit?: string;
  readonly example: string;
  readonly ok: boolean;
  readonly expected: Expected;
  readonly got: Expected;
  /** Why the readings could not be taken, as the check of telemetry words it. */
  readonly fault?: string;
}

const site = "00/00000/example";
/** What a sample that names no device comes from. */
const usualDevice = "example";
/** Where an example names no interval. */
const usualIntervalMs = 60_000;

/**
 * Runs the examples of every rule, through the same check and judgement as live telemetry, so that a
 * value outside its plausible range counts as failed here too. Each sample comes when it was measured.
 * What a province or unit has written of its own is run with what is plausible there.
 */
export function testRules({
  tenants,
  ...all
}: Pick<Catalogue, "examined" | "quantities" | "tenants">): ExampleResult[] {
  const done = new Set(all.examined);
  const results = testView(all, () => true);
  for (const [unit, view] of tenants) {
    for (const result of testView(view, (rule) => !done.has(rule))) {
      results.push({ ...result, unit });
    }
    for (const rule of view.examined) done.add(rule);
  }
  return results;
}

function testView(
  { examined, quantities }: Pick<View, "examined" | "quantities">,
  wanted: (rule: AlarmRule) => boolean,
): ExampleResult[] {
  // For whichever devices a rule is, its examples come from made-up ones.
  const anywhere = new Map(examined.map((rule) => [rule, { ...rule, devices: undefined }]));
  const rules = new Map([...anywhere.values()].map((rule) => [rule.id, rule]));
  return [...anywhere].flatMap(([written, rule]) =>
    wanted(written)
      ? rule.examples.map((example) => testExample(rule, example, { rules, quantities }))
      : [],
  );
}

function testExample(
  rule: AlarmRule,
  example: RuleExample,
  { rules, quantities }: Pick<Catalogue, "rules" | "quantities">,
): ExampleResult {
  const { name, transitions } = example;
  const result = { rule: rule.id, example: name, expected: transitions };
  const byDevice = Map.groupBy(example.samples, ({ device = usualDevice }) => device);
  const devices = new Map(
    [...byDevice].map(([device, samples]) => [
      device,
      exampleDevice(device, samples, rule, example, { rules, quantities }),
    ]),
  );
  const samples = [];
  for (const { device: from = usualDevice, ...sample } of example.samples) {
    const device = devices.get(from) as RegisteredDevice;
    const everything = { ...device, quantities: sendable(quantities) };
    const checked = check([sample], everything, 0, judgedBefore);
    const [reject] = checked.rejects;
    if (reject) {
      return { ...result, ok: false, got: [], fault: `${reject.reason}: ${reject.detail}` };
    }
    samples.push(...checked.samples.map((point) => ({ device: device.identity, point })));
  }
  const { until, acknowledged } = example;
  const script = { devices: [...devices.values()], samples, until, acknowledged };
  const got = play(rule, rules, script)
    .filter((played) => played.rule === rule.id)
    .map(({ at, event, level }) => ({
      at,
      event,
      ...(level !== null && { priority: levelsOf(rule)[level]?.priority }),
    }));
  const asExpected = got.map(({ priority, ...line }, at) =>
    transitions[at]?.priority === undefined ? line : { ...line, priority },
  );
  return { ...result, ok: isDeepStrictEqual(asExpected, transitions), got };
}

/** A device that sends what stands in its samples and nothing else. */
function exampleDevice(
  name: string,
  samples: readonly Sample[],
  rule: AlarmRule,
  { intervalMs = usualIntervalMs }: RuleExample,
  { rules, quantities }: Pick<Catalogue, "rules" | "quantities">,
): RegisteredDevice {
  const sent = new Set(
    samples.flatMap(({ values, qc = {} }) => [...Object.keys(values), ...Object.keys(qc)]),
  );
  return {
    identity: `${site}/${name}`,
    profile: `of the examples of ${rule.id}`,
    quantities: new Map([...quantities].filter(([quantity]) => sent.has(quantity))),
    series: { measurement: measurementFor(rule, rules, sent), tags: [] },
    intervalMs,
  };
}

/** What the station derives is given in examples as if a device had sent it. */
function sendable(quantities: ReadonlyMap<string, Quantity>): Map<string, Quantity> {
  return new Map([...quantities].map(([name, { derived: _, ...quantity }]) => [name, quantity]));
}
