import type { Priority } from "@kenh/schemas";
import { useCallback, useMemo, useState } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import { explained, layOut } from "../items.ts";
import { order, type Sort } from "../order.ts";
import { matches } from "../search.ts";
import { isIn, type View } from "../states.ts";

/** What the operator asked to see, and the lines that answer it. */
export function useLines(alarms: readonly ShownAlarm[], isFlood: boolean) {
  const [view, setView] = useState<View>("service");
  const [sort, setSort] = useState<Sort>("priority");
  const [query, setQuery] = useState("");
  const [priority, setPriority] = useState<Priority | null>(null);
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((key: string) => setExpanded((before) => toggled(before, key)), []);

  const byId = useMemo(() => new Map(alarms.map((alarm) => [alarm.id, alarm])), [alarms]);
  const inService = useMemo(() => alarms.filter((alarm) => isIn("service", alarm)), [alarms]);
  const under = useMemo(() => explained(alarms), [alarms]);
  const items = useMemo(() => {
    const found = alarms.filter(
      (alarm) =>
        isIn(view, alarm) &&
        (priority === null || alarm.priority === priority) &&
        (query === "" || matches(alarm, query)),
    );
    const flood = isFlood && view === "service" && query === "" && sort === "priority";
    return layOut(order(found, sort), { under, expanded, flood });
  }, [alarms, under, view, priority, query, sort, expanded, isFlood]);

  return {
    view,
    setView,
    sort,
    setSort,
    query,
    setQuery,
    priority,
    setPriority,
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
