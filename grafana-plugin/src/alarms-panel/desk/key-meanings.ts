import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { CallKind } from "../calls.ts";
import { isWaiting } from "../dispatch/dispatch-calls.ts";
import type { Item } from "../items.ts";
import { offeredCalls, type Rights } from "../states.ts";
import type { Actions } from "../use-actions.ts";
import type { RowWindow } from "../use-window.ts";
import type { KeyMeanings } from "./keys.ts";
import { undoMs } from "./status-line.tsx";
import type { useFocus } from "./use-focus.ts";
import { toggled } from "./use-lines.ts";

/** The desk as a key finds it, and what it can change. */
interface Desk {
  /** The lines as they are shown. */
  readonly held: readonly Item[];
  readonly rowsView: RowWindow;
  readonly focus: ReturnType<typeof useFocus>;
  readonly selected: Item | undefined;
  /** Those that are marked. */
  readonly chosen: readonly ShownAlarm[];
  /** The one whose details are open. */
  readonly open: ShownAlarm | undefined;
  readonly rights: Rights;
  readonly actions: Actions;
  readonly byId: ReadonlyMap<string, ShownAlarm>;
  /** Milliseconds UTC by this computer's clock. */
  readonly now: number;
  select(key: string): void;
  call(alarms: readonly ShownAlarm[], kind: CallKind): void;
  expand(key: string): void;
  check(change: (before: ReadonlySet<string>) => ReadonlySet<string>): void;
  show(id: string | undefined): void;
  /** Gives it to an agency. */
  dispatch(alarm: ShownAlarm): void;
  release(): void;
}

type Meanings = Omit<
  KeyMeanings,
  "showFresh" | "priority" | "view" | "search" | "sound" | "language" | "help"
>;

/** What the keys do to the list, the details and the alarms in them. */
export function keyMeanings(desk: Desk): Meanings {
  const { held, rowsView, focus, selected, chosen, open, rights, actions, now } = desk;

  /** The alarms that a key means: all that are marked, else the one in focus. */
  function meant(): readonly ShownAlarm[] {
    if (chosen.length > 0) return chosen;
    const where = focus.where();
    if (where === "details" && open) return [open];
    return where === "row" && selected?.kind === "alarm" ? [selected.alarm] : [];
  }
  /** The first of the calls that fits any of them, for those that it fits. */
  function callMeant(...kinds: CallKind[]): void {
    for (const kind of kinds) {
      const fit = meant().filter((alarm) => offeredCalls(alarm, rights).includes(kind));
      if (fit.length === 0) continue;
      desk.call(fit, kind);
      return;
    }
  }
  function focusRow(key: string): void {
    desk.select(key);
    rowsView.reveal(held.findIndex((item) => item.key === key));
    focus.toRow(key);
  }
  function expand(wanted: boolean): void {
    if (selected && selected.below > 0 && selected.expanded !== wanted) desk.expand(selected.key);
  }

  return {
    pageRows: rowsView.places,
    count: held.length,
    expand,
    move(step) {
      const at = selected ? held.indexOf(selected) : 0;
      // The first key takes the row that is marked, without leaving it.
      const to = focus.where() === "row" ? at + step : at;
      const item = held[Math.min(Math.max(0, to), held.length - 1)];
      if (item) focusRow(item.key);
    },
    open() {
      if (selected?.kind === "group") expand(!selected.expanded);
      else if (selected) desk.show(selected.key);
    },
    check() {
      if (selected?.kind === "alarm") desk.check((before) => toggled(before, selected.key));
    },
    checkAll() {
      const all = held.flatMap((item) => (item.kind === "alarm" ? [item.key] : []));
      desk.check((before) => (before.size === all.length ? new Set() : new Set(all)));
    },
    acknowledge: () => callMeant("acknowledge"),
    shelve: () => callMeant("shelve"),
    outOfService: () => callMeant("out-of-service"),
    comment: () => callMeant("comment"),
    dispatch() {
      const [alarm, ...others] = meant();
      if (!alarm || others.length > 0 || !rights.operate) return;
      // One that somebody deals with is shown with what may be done about it.
      if (alarm.ward || (alarm.dispatch && isWaiting(alarm.dispatch))) desk.show(alarm.id);
      else desk.dispatch(alarm);
    },
    undo() {
      const { summary } = actions;
      if (chosen.length > 0 || summary?.kind !== "shelve" || now - summary.at >= undoMs) {
        callMeant("unshelve", "return-to-service");
        return;
      }
      const shelved = summary.done.flatMap((id) => desk.byId.get(id) ?? []);
      desk.call(
        shelved.filter(({ state }) => state === "shelved"),
        "unshelve",
      );
    },
    close() {
      if (!open) {
        desk.release();
        return;
      }
      desk.show(undefined);
      if (selected) focusRow(selected.key);
    },
    leave() {
      // At once: the next key may come before the row is drawn.
      focus.root.current?.focus();
      if (selected) focusRow(selected.key);
    },
  };
}
