import type { AlarmEvent, AlarmTransition } from "@kenh/schemas";
import type { Change } from "../book.ts";
import { alarmOf, lineOf } from "./way.ts";
import type { WayConfig, WayFilter } from "./ways-file.ts";

/** What changes how grave an alarm is. */
const newsOfGravity: readonly AlarmEvent[] = [
  "raise",
  "escalate",
  "re-alarm",
  "unsuppress",
  "unshelve",
  "return-to-service",
  "clear",
];

/** What a person wants to hear of, where the file names no events: that, and that an agency has not answered in time. */
const newsForPeople: readonly AlarmEvent[] = [...newsOfGravity, "dispatch-overdue"];

/** A message of CAP is judged by the whole history: it has to see each change of the alarm's grade. */
const newsForCap: readonly AlarmEvent[] = [...newsOfGravity, "de-escalate"];

const usualEvents: Readonly<Record<WayConfig["kind"], readonly AlarmEvent[] | undefined>> = {
  webhook: undefined,
  email: newsForPeople,
  cap: newsForCap,
};

/** In a step of the escalation the comment of the transition names the ways that are told. */
const waysToldBy = (comment: string | null): string[] => comment?.split(", ") ?? [];

/** The test whether a transition goes a way that is configured so. Pure. */
export function wantsOf(
  config: WayFilter & Pick<WayConfig, "kind" | "name">,
): (change: Change) => boolean {
  const { places, rules, priorities, hidden } = config;
  const events = config.events ?? usualEvents[config.kind];
  return (change) => {
    const line = lineOf(change);
    const alarm = alarmOf(change);
    if (alarm.ward !== undefined && isPast(line)) return false;
    if (line.event === "unanswered") return waysToldBy(line.comment).includes(config.name);
    if (!hidden && isHidden(line.state)) return false;
    return (
      (!events || events.includes(line.event)) &&
      (!priorities || priorities.includes(alarm.priority)) &&
      (!places || places.some((place) => alarm.device.startsWith(`${place}/`))) &&
      (!rules || rules.some((rule) => matches(alarm.rule, rule)))
    );
  };
}

/**
 * Whether a line of another station calls for nobody here: its escalation names its own ways, and what came
 * late has been seen to by then.
 */
function isPast({ event, late, settled }: AlarmTransition): boolean {
  return event === "unanswered" || (late === true && settled === true);
}

function isHidden(state: string): boolean {
  return state === "shelved" || state === "suppressed" || state === "out-of-service";
}

function matches(rule: string, wanted: string): boolean {
  return wanted.endsWith("*") ? rule.startsWith(wanted.slice(0, -1)) : rule === wanted;
}
