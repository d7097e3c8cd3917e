/**
 * What the status words of NUT add up to. The worst that is said counts; what has a boolean of its own
 * (on battery) gives way to what has none (overload).
 */
export const upsStates = [
  "ok",
  "on_battery",
  "critical",
  "overload",
  "replace_battery",
  "low_battery",
  "alarm",
  "bypass",
  "off",
  "calibrating",
  "contradictory",
  "unknown",
] as const;
export type UpsState = (typeof upsStates)[number];

export interface Status {
  readonly state: UpsState;
  /** Undefined: the words don't say, or contradict each other. */
  readonly mainsPresent: boolean | undefined;
  readonly onBattery: boolean | undefined;
  /** Words that are not NUT's: with them nothing is in order. */
  readonly strange: readonly string[];
}

/** The words of NUT up to 2.8 (developer guide, "Status data"); WAIT is upsd before its driver has answered. */
const known = new Set(
  "OL OB LB HB RB CHRG DISCHRG BYPASS CAL OFF OVER TRIM BOOST FSD ALARM ECO TEST OVERHEAT WAIT".split(
    " ",
  ),
);

/** Reads `ups.status`; absent or empty is unknown, and unknown is never in order. */
export function readStatus(text: string | undefined): Status {
  const words = new Set((text ?? "").split(/\s+/).filter(Boolean));
  const has = (...all: string[]): boolean => all.every((word) => words.has(word));
  const strange = [...words].filter((word) => !known.has(word));
  // A calibration or test drains the battery on purpose while the mains are there.
  const drained = has("CAL") || has("TEST");
  const contradictory =
    has("OL", "OB") ||
    has("CHRG", "DISCHRG") ||
    has("OB", "CHRG") ||
    (has("OL", "DISCHRG") && !drained);
  const state = stateOf(has, { strange: strange.length > 0, contradictory, drained });
  const says = !contradictory && (has("OL") || has("OB"));
  return {
    state,
    mainsPresent: says && !(has("OB") && drained) ? has("OL") : undefined,
    onBattery: says ? has("OB") : undefined,
    strange,
  };
}

function stateOf(
  has: (...all: string[]) => boolean,
  {
    strange,
    contradictory,
    drained,
  }: { strange: boolean; contradictory: boolean; drained: boolean },
): UpsState {
  if (has("FSD")) return "critical";
  if (contradictory) return "contradictory";
  if (has("OB", "LB")) return "critical";
  if (has("OVER")) return "overload";
  if (has("OFF")) return "off";
  if (drained) return "calibrating";
  if (has("OB")) return "on_battery";
  if (has("RB")) return "replace_battery";
  if (has("LB")) return "low_battery";
  if (has("ALARM") || has("OVERHEAT")) return "alarm";
  if (has("BYPASS")) return "bypass";
  return has("OL") && !strange ? "ok" : "unknown";
}
