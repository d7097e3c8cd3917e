import { upsAlarms } from "./ups-mib.ts";

export type UpsState =
  | "ok"
  | "on_battery"
  | "critical"
  | "overload"
  | "replace_battery"
  | "low_battery"
  | "alarm"
  | "bypass"
  | "off"
  | "calibrating"
  | "contradictory"
  | "unknown";

/** What RFC 1628 says of the state; undefined where the agent says nothing. */
export interface UpsFacts {
  /** upsBatteryStatus: 1 unknown, 2 normal, 3 low, 4 depleted. */
  readonly batteryStatus: number | undefined;
  /** upsOutputSource: 1 other, 2 none, 3 normal, 4 bypass, 5 battery, 6 booster, 7 reducer. */
  readonly outputSource: number | undefined;
  /** upsSecondsOnBattery: 0 when it is not. */
  readonly secondsOnBattery: number | undefined;
  readonly alarmsPresent: number | undefined;
  /** OIDs of upsAlarmDescr. */
  readonly alarms: readonly string[];
}

export interface UpsReading {
  readonly state: UpsState;
  /** Undefined: the agent does not say, or contradicts itself. */
  readonly mainsPresent: boolean | undefined;
  readonly onBattery: boolean | undefined;
  /** Names of the alarms present; an alarm of the maker's own is its OID. */
  readonly alarmNames: readonly string[];
}

/** What the facts add up to; the worst counts, and what is not said is never in order. */
export function readState(facts: UpsFacts): UpsReading {
  const alarmNames = facts.alarms.map((oid) => upsAlarms[oid] ?? oid);
  const has = (...names: string[]): boolean => names.some((name) => alarmNames.includes(name));
  const source = facts.outputSource;
  const fed = source === 3 || source === 4 || source === 6 || source === 7;
  const contradictory = fed && (has("on battery") || (facts.secondsOnBattery ?? 0) > 0);
  const onBattery = contradictory || source === undefined ? undefined : says(source === 5, fed);
  const low =
    facts.batteryStatus === 3 ||
    facts.batteryStatus === 4 ||
    has("low battery", "depleted battery");
  const state = ((): UpsState => {
    if (has("shutdown imminent")) return "critical";
    if (contradictory) return "contradictory";
    if (onBattery && low) return "critical";
    if (has("output overload")) return "overload";
    if (source === 2 || has("UPS output off", "UPS system off")) return "off";
    if (has("test in progress")) return "calibrating";
    if (onBattery) return "on_battery";
    if (has("battery bad")) return "replace_battery";
    if (low) return "low_battery";
    if (
      alarmNames.some((name) => name !== "on bypass") ||
      (facts.alarmsPresent ?? 0) > alarmNames.length
    )
      return "alarm";
    if (source === 4 || has("on bypass")) return "bypass";
    return fed ? "ok" : "unknown";
  })();
  const tested = has("test in progress") && onBattery === true;
  return {
    state,
    mainsPresent: onBattery === undefined || tested ? undefined : !onBattery,
    onBattery,
    alarmNames,
  };
}

function says(yes: boolean, no: boolean): boolean | undefined {
  return yes ? true : no ? false : undefined;
}
