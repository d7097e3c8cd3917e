import type { Priority } from "@kenh/schemas";
import { useCallback, useMemo, useState } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import { usePreference } from "../../shared/preference.ts";
import { explained, layOut } from "../items.ts";
import { order, sorts } from "../order.ts";
import { matches } from "../search.ts";
import { isIn, type View } from "../states.ts";

const filters = ["all", "1", "2", "3", "4"] as const;

/** What the operator asked to see, and the lines that answer it. */
export function useLines(alarms: readonly ShownAlarm[], isFlood: boolean) {
  const [view, setView] = useState<View>("service");
  const [sort = "priority", setSort] = usePreference("sort", sorts);
  const [query, setQuery] = useState("");
  const [filter = "all", setFilter] = usePreference("priority", filters);
  const priority = filter === "all" ? null : (Number(filter) as Priority);
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((key: string) => setExpanded((before) => toggled(before, key)), []);

  const byId = useMemo(() => new Map(alarms.map((alarm) => [alarm.id, alarm])), [alarms]);
  const inService = useMemo(() => alarms.filter((alarm) => isIn("service", alarm)), [alarms]);
  const under = useMemo(() => explained(alarms), [alarms]);
  const { items, leftOut } = useMemo(() => {
    const listed = alarms.filter((alarm) => isIn(view, alarm));
    const found = listed.filter(
      (alarm) =>
        (priority === null || alarm.priority === priority) &&
        (query === "" || matches(alarm, query)),
    );
    const flood = isFlood && view === "service" && query === "" && sort === "priority";
    return {
      items: layOut(order(found, sort), { under, expanded, flood }),
      leftOut: listed.length - found.length,
    };
  }, [alarms, under, view, priority, query, sort, expanded, isFlood]);

  return {
    view,
    setView,
    sort,
    setSort,
    query,
    setQuery,
    priority,
    setPriority: (one: Priority | null) => setFilter(one === null ? "all" : `${one}`),
    /** How many alarms of this list the search and the filter leave out. */
    leftOut,
    showAll() {
      setQuery("");
      setFilter("all");
    },
    /** Opens or closes what lies below a line. */
    toggle,
    byId,
    inService,
    /** What each alarm explains, by its id. */
    under,
    items,
    /** Another list is another one of these. */
    list: [view, sort, query, priority].join("\n"),
    /** Another shape of the list is another one of these. */
    shape: [view, sort, query, priority, isFlood, ...expanded].join("\n"),
  };
}

/** The set with the key in it where it was not, and without it where it was. */
export function toggled(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(key)) after.add(key);
  return after;
}
