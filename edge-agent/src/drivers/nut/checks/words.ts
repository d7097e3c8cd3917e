import type { Doubted, Dump } from "./dump.ts";

/** A UPS that says it is off has no more than this at its output; some leave a little of the mains. */
const offV = 50;

/** What the UPS says in words, held against what it measures. */
export function* checkWords({ value, text, says, onLine }: Dump): Generator<Doubted> {
  const output = value("output.voltage") ?? 0;
  if (says("OFF") && output > offV) yield ["ups.status", `OFF with ${output} V at the output`];
  if (says("FSD") && onLine && !says("LB"))
    yield [
      "ups.status",
      "FSD on line with a battery that is not low: a shutdown that ends nothing",
    ];
  const alarm = text("ups.alarm").toLowerCase();
  const charge = value("battery.charge") ?? 0;
  if (alarm.includes("no battery") && charge > 0)
    yield ["ups.alarm", `no battery, with a charge of ${charge} %`];
  if (alarm.includes("shutdown imminent") && onLine && !says("LB"))
    yield ["ups.alarm", "a shutdown on line with a battery that is not low"];
  // On battery or low, the words count whatever a test has found.
  const passed = /\bpassed\b/i.test(text("ups.test.result")) && onLine && !says("LB");
  if (passed && says("RB")) yield ["ups.status", "RB although the battery has passed its test"];
  if (passed && alarm.includes("replace battery"))
    yield ["ups.alarm", "a battery to replace that has passed its test"];
}
