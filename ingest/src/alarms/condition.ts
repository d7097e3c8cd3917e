import type { RuleOf } from "@kenh/schemas";
import { combined } from "./signals/combination.ts";
import { holds, type Subject, type Subjects } from "./subjects.ts";
import { membersOf, siteOf, type Watches } from "./watches.ts";

/** Whether the condition of a combination holds on a device, or on a site as a whole. */
export function conditionOf(
  rule: RuleOf<"combination">,
  subject: Subject,
  subjects: Subjects,
  watches: Watches,
): boolean {
  if (rule.within === "device") return combined(rule, (id) => holds(subject, id));
  const devices = subjects.devicesAt(siteOf(subject.identity));
  const known = devices.flatMap(({ identity }) => subjects.get(identity) ?? []);
  if (rule.share === undefined) {
    return combined(rule, (id) => [subject, ...known].some((one) => holds(one, id)));
  }
  const members = membersOf(rule);
  const watched = devices.filter((device) => {
    const { indexOf } = watches.of(device);
    return members.some((id) => indexOf.has(id));
  });
  const holding = known.filter((one) => combined(rule, (id) => holds(one, id))).length;
  return watched.length > 0 && holding / watched.length >= rule.share;
}

/**
 * How many hold of what a combination is made of, for its alarm to say: of a site its devices, of a
 * device the conditions. To be asked at the instant of the event.
 */
export function holdingOf(
  rule: RuleOf<"combination">,
  subject: Subject,
  subjects: Subjects,
): number {
  const members = [...rule.all, ...rule.any];
  if (rule.within === "device") return members.filter((id) => holds(subject, id)).length;
  const devices = subjects.devicesAt(siteOf(subject.identity));
  return devices.filter(({ identity }) => {
    const one = subjects.get(identity);
    if (!one) return false;
    return rule.share === undefined
      ? members.some((id) => holds(one, id))
      : combined(rule, (id) => holds(one, id));
  }).length;
}
