import type { Varbind } from "net-snmp";
import { type Outcome, readPoint } from "./point.ts";
import { rawOf } from "./raw.ts";
import type { SnmpSession } from "./session.ts";
import {
  type LineColumn,
  upsAlarmColumn,
  upsColumns,
  upsQuantities,
  upsScalars,
} from "./ups-mib.ts";
import { readState } from "./ups-state.ts";

export type Outcomes = Map<string, Outcome>;

const scalars = [
  ...new Set([...Object.values(upsScalars), ...Object.values(upsQuantities).map(([oid]) => oid)]),
];

/**
 * Reads all of RFC 1628 that is a quantity; absent objects are left out, and the state is always there.
 * @throws Error when the agent has no UPS-MIB, or says that it has lost the UPS.
 */
export async function readUps(session: SnmpSession, where: string): Promise<Outcomes> {
  const values = await session.get(scalars);
  const columns = await Promise.all(upsColumns.map(({ oid }) => session.walk(oid)));
  const alarmRows = await session.walk(upsAlarmColumn);
  if (values.size === 0 && columns.every((rows) => rows.size === 0)) {
    throw new Error(`${where} has no UPS-MIB (RFC 1628); read it by points instead of mib`);
  }
  const number = (oid: string): number | undefined => numberAt(values, oid);
  const { state, mainsPresent, onBattery, alarmNames } = readState({
    batteryStatus: number(upsScalars.batteryStatus),
    outputSource: number(upsScalars.outputSource),
    secondsOnBattery: number(upsScalars.secondsOnBattery),
    alarmsPresent: number(upsScalars.alarmsPresent),
    alarms: [...alarmRows.values()].map((row) => String(rawOf(row))),
  });
  if (alarmNames.includes("communications lost")) {
    throw new Error(
      `${where} answers, and has lost the UPS itself: check the cable between card and UPS`,
    );
  }
  const tell = (value: boolean | undefined): Outcome =>
    value === undefined ? { flag: 9 } : { value, flag: 2 };
  const outcomes: Outcomes = new Map<string, Outcome>([
    ["ups_state", { value: state, flag: 2 }],
    ["mains_present", tell(mainsPresent)],
    ["on_battery", tell(onBattery)],
  ]);
  const alarms = number(upsScalars.alarmsPresent);
  if (alarms !== undefined) outcomes.set("ups_alarms", { value: alarms, flag: 2 });
  if (alarmNames.length > 0) outcomes.set("ups_alarm", { value: alarmNames.join(", "), flag: 2 });
  for (const [quantity, [oid, reader]] of Object.entries(upsQuantities)) {
    const varbind = values.get(oid);
    if (varbind) outcomes.set(quantity, readPoint(rawOf(varbind), reader));
  }
  upsColumns.forEach((column, index) => {
    readLines(
      column,
      columns[index] as ReadonlyMap<string, Varbind>,
      number(column.lines),
      outcomes,
    );
  });
  return outcomes;
}

/** One line is a quantity of its own; of several, each has its own, up to three. */
function readLines(
  { oid, single, ofLine, reader }: LineColumn,
  rows: ReadonlyMap<string, Varbind>,
  lines: number | undefined,
  outcomes: Outcomes,
): void {
  // Some agents keep rows of phases that the UPS does not have: the number of lines decides.
  const told = [...rows].slice(0, lines && lines > 0 ? lines : rows.size);
  for (const [name, varbind] of told) {
    const line = Number(name.slice(oid.length + 1));
    const alone = told.length === 1 || !ofLine;
    const quantity = alone ? single : ofLine(line);
    if (alone ? outcomes.has(quantity) : !(line >= 1 && line <= 3)) continue;
    outcomes.set(quantity, readPoint(rawOf(varbind), reader));
  }
}

function numberAt(values: ReadonlyMap<string, Varbind>, oid: string): number | undefined {
  const varbind = values.get(oid);
  const raw = varbind && rawOf(varbind);
  return typeof raw === "number" ? raw : undefined;
}
