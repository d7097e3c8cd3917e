import { type Flag, flags } from "@kenh/schemas";
import { numberOf } from "./number.ts";

/** How far a voltage may stand from what it should be, as a share of it. */
const tolerance = {
  /** Grids are let go to 10 % by EN 50160; a UPS on line that sees another half is measuring wrong. */
  input: 0.5,
  /** On line without boost or trim the output is the input, or is regulated to its nominal value. */
  output: 0.1,
  /** One step of a booster or trimmer, on top. */
  outputStepped: 0.35,
  /** A lead-acid cell of 2 V lives between 1.67 V (empty) and 2.5 V (equalised). */
  batteryLow: 0.2,
  batteryHigh: 0.3,
} as const;
/** A UPS that carries more than this says OVER. */
const overloadPct = 125;
/** Volts times amperes below this share of the rating may be read as a load of 0. */
const unseenShare = 0.03;
const dayS = 86_400;
/** No grid's frequency goes below with the UPS still on line. */
const lowestFrequencyHz = 40;

/** What of a dump contradicts the rest of it, each with flag 3: which of two is wrong isn't known. */
export function* contradictions(
  variables: ReadonlyMap<string, string>,
): Generator<[string, { flag: Flag; reason: string }]> {
  const value = (name: string): number | undefined => numberOf(variables.get(name));
  const status = (variables.get("ups.status") ?? "").split(/\s+/);
  const onLine = status.includes("OL") && !status.includes("OB");
  const feeds = !status.includes("OFF") && (onLine || status.includes("OB"));
  const doubt = (name: string, reason: string): [string, { flag: Flag; reason: string }] => [
    name,
    { flag: flags.suspect, reason },
  ];

  const input = value("input.voltage");
  const inputNominal = value("input.voltage.nominal");
  if (onLine && input !== undefined && inputNominal && off(input, inputNominal) > tolerance.input)
    yield doubt("input.voltage", `on line with ${input} V, of ${inputNominal} V`);
  const frequency = value("input.frequency");
  if (onLine && frequency !== undefined && frequency < lowestFrequencyHz && frequency !== 0)
    yield doubt("input.frequency", `on line with ${frequency} Hz`);
  for (const name of ["input.transfer.low", "input.transfer.high"]) {
    const limit = value(name);
    if (limit === undefined || !input) continue;
    if (limit === 0) yield doubt(name, "a limit of 0 V would never act");
    else if (inputNominal && off(limit, inputNominal) > tolerance.input)
      yield doubt(name, `${limit} V, of ${inputNominal} V`);
  }

  const output = value("output.voltage");
  const load = value("ups.load");
  const current = value("output.current");
  if (output !== undefined && feeds) {
    if (output === 0 && (load || current)) yield doubt("output.voltage", "0 V with a load on it");
    const should = [value("output.voltage.nominal") ?? inputNominal, onLine ? input : undefined];
    const near = status.some((word) => word === "BOOST" || word === "TRIM")
      ? tolerance.outputStepped
      : tolerance.output;
    const references = should.filter((volts): volts is number => Boolean(volts));
    if (
      output !== 0 &&
      onLine &&
      references.length === 2 &&
      references.every((v) => off(output, v) >= near)
    )
      yield doubt("output.voltage", `${output} V, of ${references.join(" V and ")} V`);
  }

  if (load !== undefined && load > overloadPct && !status.includes("OVER"))
    yield doubt("ups.load", `${load} % without the status OVER`);
  const rating = value("ups.power.nominal");
  const apparent = output && current ? output * current : undefined;
  if (apparent && rating && apparent > rating * unseenShare) {
    for (const name of ["ups.load", "ups.power", "ups.realpower"])
      if (value(name) === 0) yield doubt(name, `0 with ${output} V and ${current} A at the output`);
  }
  if (load && value("ups.power") === 0) yield doubt("ups.power", `0 with a load of ${load} %`);

  const battery = value("battery.voltage");
  const batteryNominal = value("battery.voltage.nominal");
  if (battery !== undefined && batteryNominal) {
    const share = battery / batteryNominal - 1;
    if (share < -tolerance.batteryLow || share > tolerance.batteryHigh)
      yield doubt("battery.voltage", `${battery} V, of ${batteryNominal} V`);
  }
  const runtime = value("battery.runtime");
  if (runtime !== undefined && runtime > dayS)
    yield doubt("battery.runtime", `${runtime} s is more than a day`);
  for (const name of ["battery.temperature", "ups.temperature", "ambient.temperature"])
    if (value(name) === 0) yield doubt(name, "0 °C to the digit is what an absent sensor says");
}

/** Distance of a value from its reference, as a share of the reference. */
function off(value: number, reference: number): number {
  // The margin takes off what binary arithmetic adds: 253 of 230 is 0.1, not 0.10000000000000009.
  return Math.abs(value - reference) / reference + 1e-9;
}
