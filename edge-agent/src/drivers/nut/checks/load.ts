import type { Doubted, Dump } from "./dump.ts";

/** A UPS that carries more than this says OVER. */
const overloadPct = 125;
/** Volts times amperes below this share of the rating may be read as a load of 0. */
const unseenShare = 0.03;
/** Above this share of the rating a UPS is off or burning. */
const impossibleShare = 1.5;
/** Low-voltage mains, line to line, end below. */
const greatestV = 600;
/** Currents come in tenths of an ampere: a small one may be twice what is said. */
const currentStepA = 0.1;
/** Measured apart and at other moments, two powers of one load may differ by so much. */
const spread = { real: 1.3, apparent: 2 } as const;
/** Zeros that are proven wrong before the others of the same answer are not believed either. */
const provenZeros = 2;
/** What a UPS without the sensor says 0 for, when it does so. */
const unmeasured = [
  "battery.current",
  "input.current",
  "input.bypass.current",
  "output.realpower",
  "output.power",
];

/** Load, powers and current of the output: volts times amperes, and real power within apparent. */
export function* checkLoad({ value, says }: Dump): Generator<Doubted> {
  const load = value("ups.load");
  if (load !== undefined && load > overloadPct && !says("OVER"))
    yield ["ups.load", `${load} % without the status OVER`];

  const said = value("output.voltage");
  // What can't be is doubted by itself, and says nothing of the others.
  const volts = said !== undefined && said <= greatestV ? said : undefined;
  const amperes = value("output.current");
  const oneLine = (value("output.phases") ?? 1) === 1;
  const product = oneLine && volts && amperes ? volts * amperes : undefined;
  const largest = product && volts ? product + volts * currentStepA : undefined;
  const rating = value("ups.power.nominal");
  const apparent = value("ups.power");
  const real = value("ups.realpower") ?? value("output.realpower");
  const realName = value("ups.realpower") === undefined ? "output.realpower" : "ups.realpower";

  if (product && rating && product > rating * unseenShare) {
    const zeros = ["ups.load", "ups.power", "ups.realpower"].filter((name) => value(name) === 0);
    for (const name of zeros) yield [name, `0 with ${volts} V and ${amperes} A at the output`];
    if (zeros.length >= provenZeros)
      for (const name of unmeasured)
        if (value(name) === 0) yield [name, `0, as it wrongly says for ${zeros.join(" and ")}`];
  }
  if (load && apparent === 0) yield ["ups.power", `0 with a load of ${load} %`];
  if (product && rating && product > rating * impossibleShare && (load ?? 0) <= overloadPct)
    yield ["output.current", `${amperes} A at ${volts} V, with a rating of ${rating} VA`];

  if (real && apparent && real > apparent * spread.real)
    for (const name of [realName, "ups.power"])
      yield [name, `a real power of ${real} W within an apparent one of ${apparent} VA`];
  if (real && largest && real > largest * spread.real)
    for (const name of [realName, "output.current"])
      yield [name, `${real} W with ${volts} V and ${amperes} A`];
  if (
    apparent &&
    product &&
    largest &&
    (apparent > largest * spread.apparent || product > apparent * spread.apparent)
  )
    for (const name of ["ups.power", "output.current"])
      yield [name, `${apparent} VA with ${volts} V and ${amperes} A`];

  if (value("output.powerfactor") === 0)
    yield [
      "output.powerfactor",
      "0: without a load there is none, and no load is without real power",
    ];
}
