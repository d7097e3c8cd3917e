import { type Doubted, type Dump, off } from "./dump.ts";

/** How far a voltage may stand from what it should be, as a share of it. */
const tolerance = {
  /** Grids are let go to 10 % by EN 50160; a UPS on line that sees another half is measuring wrong. */
  input: 0.5,
  /** On line without boost or trim the output is the input, or is regulated to its nominal value. */
  output: 0.1,
  /** One step of a booster or trimmer, on top. */
  outputStepped: 0.35,
} as const;
/** No grid's frequency leaves this with the UPS still on line, and no inverter makes another. */
const frequencyHz = { min: 40, max: 70 } as const;

/** Voltages and frequencies of input and output, held against the status and against each other. */
export function* checkVoltages(dump: Dump): Generator<Doubted> {
  const { value, onLine, feeds } = dump;
  const input = value("input.voltage");
  const inputNominal = value("input.voltage.nominal");
  if (onLine && input !== undefined && inputNominal && off(input, inputNominal) > tolerance.input)
    yield ["input.voltage", `on line with ${input} V, of ${inputNominal} V`];
  for (const [name, there] of [
    ["input.frequency", onLine],
    ["output.frequency", feeds],
  ] as const) {
    const hz = value(name);
    if (there && hz && (hz < frequencyHz.min || hz > frequencyHz.max))
      yield [name, `${hz} Hz is no mains`];
  }
  for (const name of ["input.transfer.low", "input.transfer.high"]) {
    const limit = value(name);
    if (limit === undefined || !input) continue;
    if (limit === 0) yield [name, "a limit of 0 V would never act"];
    else if (inputNominal && off(limit, inputNominal) > tolerance.input)
      yield [name, `${limit} V, of ${inputNominal} V`];
  }

  const output = value("output.voltage");
  if (output === undefined || !feeds) return;
  if (output === 0 && (value("ups.load") || value("output.current")))
    yield ["output.voltage", "0 V with a load on it"];
  const should = [value("output.voltage.nominal") ?? inputNominal, onLine ? input : undefined];
  const references = should.filter((volts): volts is number => Boolean(volts));
  const near = dump.says("BOOST", "TRIM") ? tolerance.outputStepped : tolerance.output;
  if (
    output !== 0 &&
    onLine &&
    references.length === 2 &&
    references.every((volts) => off(output, volts) >= near)
  )
    yield ["output.voltage", `${output} V, of ${references.join(" V and ")} V`];
}
