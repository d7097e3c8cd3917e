import type { ShownAlarm } from "../shared/alarm-frame.ts";

export const sorts = ["priority", "newest", "site"] as const;
export type Sort = (typeof sorts)[number];

const collator = new Intl.Collator("vi", { numeric: true });

/** Site as the registry calls it, the identity's where it has no word. */
export function siteOf({ siteLabel, device }: ShownAlarm): string {
  return siteLabel?.vi || device.split("/").slice(0, 3).join("/");
}

const byTime = (a: ShownAlarm, b: ShownAlarm) =>
  (b.raisedAt ?? 0) - (a.raisedAt ?? 0) || (a.id < b.id ? -1 : 1);
const byPriority = (a: ShownAlarm, b: ShownAlarm) => a.priority - b.priority || byTime(a, b);

const orders: Record<Sort, (a: ShownAlarm, b: ShownAlarm) => number> = {
  priority: byPriority,
  newest: byTime,
  site: (a, b) => collator.compare(siteOf(a), siteOf(b)) || byPriority(a, b),
};

/** The alarms in the order asked for; of equal ones the newest first. */
export function order(alarms: readonly ShownAlarm[], sort: Sort): ShownAlarm[] {
  return alarms.toSorted(orders[sort]);
}
