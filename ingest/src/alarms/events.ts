import type { AlarmRule } from "@kenh/schemas";
import type { Crossing } from "./evaluate.ts";
import type { Subject } from "./subjects.ts";

/** A condition began, ended or changed its level. */
export interface Event {
  readonly subject: Subject;
  readonly rule: AlarmRule;
  readonly crossing: Crossing;
}

/** Causes first: alarms of one instant are told with what they mean. */
const causeRanks = { unit: 0, site: 1, gateway: 2, device: 3 } as const;
const noCause = 4;

function causeRank({ explains }: AlarmRule): number {
  return explains ? causeRanks[explains.within] : noCause;
}

/** By event time; of one instant, causes before what they explain. */
export function byTime(a: Event, b: Event): number {
  return (
    a.crossing.at - b.crossing.at ||
    causeRank(a.rule) - causeRank(b.rule) ||
    compare(a.subject.identity, b.subject.identity) ||
    compare(a.rule.id, b.rule.id)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
