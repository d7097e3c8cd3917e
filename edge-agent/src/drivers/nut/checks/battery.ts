import type { Doubted, Dump } from "./dump.ts";

/** Against the nominal voltage: a lead-acid cell of 2 V lives between 1.6 V (empty) and 2.6 V. */
const nominalShare = { low: -0.2, high: 0.3 } as const;
/** Blocks of 12 V on a charger: the voltage of a healthy string on line. */
const floatV = { min: 13, max: 14.8, nominal: 12 } as const;
/** A UPS whose nominal voltage names a half or the double of its string counts blocks, not faults. */
const otherCounts = [0.5, 2];
/** Lead-acid strings without a nominal value: a cell, as Megatec's protocol names it, 6 V, 12 V … */
const leadAcidV = [
  [1.6, 2.6],
  [5, 7.5],
  [10, 1000],
] as const;
/** Below this at the input it is no UPS of the mains, and its battery may be of lithium. */
const mainsV = 80;
const dayS = 86_400;
/** A battery with so much left lasts longer than no time at all. */
const someChargePct = 50;
/** A charger rests when the battery is full; weeks of rest take a tenth. */
const restingPct = 80;
/** Losses, and two measurements that are not of the same moment. */
const energyMargin = 1.1;

/** The battery, held against its nominal voltage, its charger and its own other values. */
export function* checkBattery(dump: Dump): Generator<Doubted> {
  const { value, text, says, onLine } = dump;
  const volts = value("battery.voltage");
  const nominal = value("battery.voltage.nominal");
  if (volts !== undefined && nominal) {
    const share = volts / nominal - 1;
    const wrong = share < nominalShare.low || share > nominalShare.high;
    if (wrong && !countsOtherwise(volts, nominal, onLine))
      yield ["battery.voltage", `${volts} V, of ${nominal} V`];
  } else if (
    volts &&
    (value("input.voltage") ?? 0) >= mainsV &&
    !/^li/i.test(text("battery.type")) &&
    !leadAcidV.some(([min, max]) => volts >= min && volts <= max)
  )
    yield ["battery.voltage", `${volts} V is neither a cell nor a string of lead-acid`];

  const charge = value("battery.charge");
  const runtime = value("battery.runtime");
  if (runtime !== undefined && runtime > dayS)
    yield ["battery.runtime", `${runtime} s is more than a day`];
  if (runtime === 0 && charge !== undefined && charge >= someChargePct && !says("LB"))
    yield ["battery.runtime", `0 s with a charge of ${charge} %`];
  if (charge === 0 && onLine && !says("LB", "CHRG", "RB"))
    yield ["battery.charge", "0 % on line, neither low nor charging"];
  const resting = text("battery.charger.status") === "resting";
  if (resting && onLine && charge !== undefined && charge < restingPct)
    yield ["battery.charge", `${charge} % on line while the charger rests`];

  const [fromInput, intoBattery] = [power(dump, "input"), power(dump, "battery")];
  if (
    says("CHRG") &&
    !says("OB", "DISCHRG") &&
    fromInput !== undefined &&
    intoBattery !== undefined &&
    Math.abs(intoBattery) > fromInput * energyMargin
  )
    for (const name of ["battery.current", "input.current"])
      yield [
        name,
        `${Math.abs(intoBattery).toFixed(1)} W charge the battery and ${fromInput.toFixed(1)} W come in`,
      ];
}

function countsOtherwise(volts: number, nominal: number, onLine: boolean): boolean {
  return (
    onLine &&
    otherCounts.some((times) => {
      const blocks = (nominal * times) / floatV.nominal;
      return blocks >= 1 && volts >= blocks * floatV.min && volts <= blocks * floatV.max;
    })
  );
}

function power({ value }: Dump, of: "input" | "battery"): number | undefined {
  const volts = value(`${of}.voltage`);
  const amperes = value(`${of}.current`);
  return volts === undefined || amperes === undefined ? undefined : volts * amperes;
}
