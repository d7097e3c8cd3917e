import type { Priority } from "@kenh/schemas";
import type { ShownAlarm } from "../shared/alarm-frame.ts";
import { siteOf } from "./order.ts";

/** A line of the list: an alarm, or a site that stands for its alarms during a flood. */
export type Item = AlarmItem | GroupItem;

interface Line {
  /** Same line, same key, whatever it says now. */
  readonly key: string;
  /** Alarms below it, that it explains or stands for; they follow when it is expanded. */
  readonly below: number;
  readonly expanded: boolean;
}
export interface AlarmItem extends Line {
  readonly kind: "alarm";
  readonly alarm: ShownAlarm;
  /** It belongs to the line above it. */
  readonly nested: boolean;
  /** The first of its group. */
  readonly firstOut: boolean;
}
export interface GroupItem extends Line {
  readonly kind: "group";
  readonly site: string;
  readonly first: ShownAlarm;
  readonly newest: ShownAlarm;
  readonly highest: Priority;
  readonly unacknowledged: number;
}

/** What an alarm explains, by the alarm that stands at the root of the explanation. */
export function explained(alarms: readonly ShownAlarm[]): Map<string, ShownAlarm[]> {
  const byId = new Map(alarms.map((alarm) => [alarm.id, alarm]));
  const rootOf = (alarm: ShownAlarm) => {
    const seen = new Set([alarm.id]);
    let root = alarm;
    // A circle of explanations has no root; it must not hang the panel either.
    while (root.state === "suppressed" && root.suppressedBy && !seen.has(root.suppressedBy)) {
      seen.add(root.suppressedBy);
      const above = byId.get(root.suppressedBy);
      if (!above) break;
      root = above;
    }
    return root;
  };
  const under = new Map<string, ShownAlarm[]>();
  for (const alarm of alarms) {
    if (alarm.state !== "suppressed") continue;
    const root = rootOf(alarm);
    if (root === alarm) continue;
    const below = under.get(root.id);
    if (below) below.push(alarm);
    else under.set(root.id, [alarm]);
  }
  return under;
}

interface Layout {
  readonly under: ReadonlyMap<string, readonly ShownAlarm[]>;
  readonly expanded: ReadonlySet<string>;
  /** Whether there are more than a person can take in. */
  readonly flood: boolean;
}

/**
 * The lines for alarms in their order. During a flood the alarms of a site are one line, those of the
 * first priority never.
 */
export function layOut(alarms: readonly ShownAlarm[], layout: Layout): Item[] {
  const { expanded, flood } = layout;
  const lines = (found: readonly ShownAlarm[], firstOut?: ShownAlarm) =>
    found.flatMap((alarm) => withExplained(alarm, layout, firstOut));
  if (!flood) return lines(alarms);
  const single = alarms.filter(({ priority }) => priority === 1);
  const sites = Map.groupBy(
    alarms.filter(({ priority }) => priority !== 1),
    siteOf,
  );
  const groups = [...sites].sort(
    ([, a], [, b]) => highestOf(a) - highestOf(b) || b.length - a.length,
  );
  return [
    ...lines(single),
    ...groups.flatMap(([site, members]): Item[] => {
      if (members.length === 1) return lines(members);
      const key = `site ${site}`;
      const group = groupOf(key, site, members, expanded.has(key));
      if (!group.expanded) return [group];
      return [group, ...lines(members, group.first).map((line) => ({ ...line, nested: true }))];
    }),
  ];
}

const highestOf = (alarms: readonly ShownAlarm[]) =>
  Math.min(...alarms.map(({ priority }) => priority)) as Priority;

function groupOf(key: string, site: string, members: readonly ShownAlarm[], expanded: boolean) {
  const [first, newest] = members.reduce<[ShownAlarm, ShownAlarm]>(
    ([oldest, latest], alarm) => [
      (alarm.raisedAt ?? 0) < (oldest.raisedAt ?? 0) ? alarm : oldest,
      (alarm.raisedAt ?? 0) > (latest.raisedAt ?? 0) ? alarm : latest,
    ],
    [members[0] as ShownAlarm, members[0] as ShownAlarm],
  );
  const group: GroupItem = {
    kind: "group",
    key,
    site,
    first,
    newest,
    highest: highestOf(members),
    below: members.length,
    unacknowledged: members.filter(
      ({ state }) => state === "unacknowledged" || state === "returned",
    ).length,
    expanded,
  };
  return group;
}

function withExplained(alarm: ShownAlarm, layout: Layout, firstOut?: ShownAlarm): AlarmItem[] {
  const below = layout.under.get(alarm.id) ?? [];
  const expanded = below.length > 0 && layout.expanded.has(alarm.id);
  const line: AlarmItem = {
    kind: "alarm",
    key: alarm.id,
    alarm,
    below: below.length,
    expanded,
    nested: false,
    firstOut: alarm === firstOut,
  };
  if (!expanded) return [line];
  return [
    line,
    ...below.map(
      (one): AlarmItem => ({
        kind: "alarm",
        key: one.id,
        alarm: one,
        below: 0,
        expanded: false,
        nested: true,
        firstOut: false,
      }),
    ),
  ];
}
