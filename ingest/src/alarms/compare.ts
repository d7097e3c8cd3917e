import type { AlarmTransition } from "@kenh/schemas";

/** What is in the alarm's history and not in the readings, and the other way round. */
export interface Comparison {
  readonly same: number;
  readonly onlyInHistory: readonly Turn[];
  readonly onlyInReadings: readonly Turn[];
  /** Readings that the history notes as late. */
  readonly late: readonly Turn[];
}
export interface Turn {
  readonly event: string;
  readonly at: number;
  readonly value: number | null;
}

const judged: readonly string[] = ["raise", "escalate", "de-escalate", "clear"];

/** Holds what the readings in the store lead to against what the station did with them as they came. */
export function compare(
  steps: readonly Turn[],
  history: readonly AlarmTransition[],
  from: number,
  until: number,
): Comparison {
  const within = ({ at }: Turn): boolean => at >= from && at <= until;
  const past = history.filter(within);
  const turns = past.filter(({ event }) => judged.includes(event)).map(turnOf);
  const expected = steps.filter((step) => judged.includes(step.event) && within(step)).map(turnOf);
  const key = ({ event, at }: Turn): string => `${event} ${at}`;
  const [inHistory, inReadings] = [new Set(turns.map(key)), new Set(expected.map(key))];
  return {
    same: turns.filter((turn) => inReadings.has(key(turn))).length,
    onlyInHistory: turns.filter((turn) => !inReadings.has(key(turn))),
    onlyInReadings: expected.filter((turn) => !inHistory.has(key(turn))),
    late: past.filter(({ event }) => event === "late").map(turnOf),
  };
}

const turnOf = ({ event, at, value }: Turn): Turn => ({ event, at, value });
