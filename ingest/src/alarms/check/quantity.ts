import {
  type AlarmRule,
  type Profile,
  type Quantity,
  quantityOf,
  type RuleOf,
} from "@kenh/schemas";
import { didYouMean } from "../../nearest.ts";
import { type Fault, fault, type Known } from "./fault.ts";

/** Whether there is such a quantity, whether devices of the measurement send it, and its unit and type. */
export function* checkQuantity(rule: AlarmRule, known: Known): Iterable<Fault> {
  const profiles = [...known.profiles.values()];
  const measurements = [...new Set(profiles.map(({ measurement }) => measurement))];
  if (rule.measurement !== "*" && !measurements.includes(rule.measurement)) {
    const near = didYouMean(rule.measurement, measurements);
    const message = `no profile stores in ${rule.measurement}${near || `: write one of ${measurements.join(", ")}, or "*" for all`}`;
    yield fault(["measurement"], message);
    return;
  }
  const name = quantityOf(rule);
  if (name === null) return;
  const quantity = known.quantities.get(name);
  if (!quantity) {
    const near = didYouMean(name, known.quantities.keys());
    const message = `there is no quantity ${name}${near || ": add it to a file of quantities/ or name one that is there"}`;
    yield fault(["quantity"], message);
    return;
  }
  const sending = profiles.filter((profile) => sends(profile, quantity, known));
  if (!sending.some((profile) => isOf(rule, profile))) {
    const others = [...new Set(sending.map(({ measurement }) => measurement))];
    const way =
      others.length > 0
        ? `write measurement: ${others.join(" or ")}`
        : "name it in a profile first";
    const message = `${name} is sent by no profile that stores in ${rule.measurement}: ${way}`;
    yield fault(["quantity"], message);
  }
  yield* checkUnit(rule, quantity);
  yield* checkType(rule, quantity);
}

/** Whether devices of the profile are ones that the rule may watch. */
export function isOf(rule: AlarmRule, { measurement }: Profile): boolean {
  return rule.measurement === "*" || rule.measurement === measurement;
}

function sends({ classes, quantities }: Profile, { name }: Quantity, known: Known): boolean {
  return (
    quantities.includes(name) ||
    classes.some((each) => known.classes.get(each)?.some((quantity) => quantity.name === name))
  );
}

function* checkUnit(rule: AlarmRule, { name, unit }: Quantity): Iterable<Fault> {
  const given = "unit" in rule ? rule.unit : undefined;
  if (given !== undefined && given !== unit) {
    yield fault(
      ["unit"],
      `${name} is in ${unit || "no unit"}, not ${given}: convert the limits and write unit: "${unit}"`,
    );
  }
}

function* checkType(rule: AlarmRule, { name, type }: Quantity): Iterable<Fault> {
  const isNumber = type === "float" || type === "integer";
  if (rule.kind === "state") {
    yield* checkState(rule, name, type);
  } else if (rule.kind === "frozen") {
    if (type === "boolean") {
      yield fault(["quantity"], `${name} is true or false: frozen needs a number or a text`);
    }
  } else if (!isNumber) {
    yield fault(
      ["quantity"],
      `${name} is a ${type}, and ${rule.kind} compares numbers: write kind: state with ${type === "string" ? "equals or includes" : "equals"}`,
    );
  }
}

const typeNames = {
  float: "number",
  integer: "number",
  boolean: "boolean",
  string: "string",
} as const;

function* checkState(
  { equals, includes, bit }: RuleOf<"state">,
  name: string,
  type: Quantity["type"],
): Iterable<Fault> {
  if (equals === undefined && includes === undefined && bit === undefined) {
    yield fault([], "a state rule needs equals, includes or bit");
  }
  for (const [at, value] of (equals ?? []).entries()) {
    const given = typeof value;
    if (given === typeNames[type]) continue;
    const shown = JSON.stringify(value);
    yield fault(
      ["equals", at],
      `${shown} can't be a value of ${name}, which is a ${type}: write ${typeNames[type] === "string" ? "a text in quotes" : `a ${typeNames[type]} without quotes`}`,
    );
  }
  if (includes !== undefined && type !== "string") {
    yield fault(["includes"], `${name} is a ${type} and has no words: write equals`);
  }
  if (bit !== undefined && type !== "integer") {
    yield fault(["bit"], `${name} is a ${type} and has no bits: only an integer has; write equals`);
  }
}
