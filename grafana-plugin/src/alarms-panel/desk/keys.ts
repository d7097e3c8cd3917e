import type { Priority } from "@kenh/schemas";
import type { KeyboardEvent } from "react";

/** What the keys do. */
export interface KeyMeanings {
  /** By so many rows, down or up. */
  move(step: number): void;
  readonly pageRows: number;
  readonly count: number;
  open(): void;
  expand(wanted: boolean): void;
  check(): void;
  checkAll(): void;
  acknowledge(): void;
  shelve(): void;
  outOfService(): void;
  comment(): void;
  dispatch(): void;
  undo(): void;
  showFresh(): void;
  priority(priority: Priority): void;
  view(): void;
  search(): void;
  sound(): void;
  language(): void;
  help(): void;
  close(): void;
  /** Back to the list. */
  leave(): void;
}

/** Whether keys in it are letters of a text, or choices of its own. */
export function takesWriting(element: Element | null): boolean {
  return element?.matches("input:not([type=checkbox]), select, textarea") === true;
}

/** Does what a key means; false for one that means nothing here, or that somebody is writing with. */
export function deskKey(event: KeyboardEvent, mean: KeyMeanings): boolean {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof HTMLElement))
    return false;
  if (target.closest("dialog")) return false;
  if (takesWriting(target)) {
    if (key !== "Escape") return false;
    mean.leave();
    return true;
  }
  // A button answers these itself.
  if ((key === "Enter" || key === " ") && target.closest("button, input")) return false;
  const actions: Record<string, () => unknown> = {
    ArrowDown: () => mean.move(1),
    j: () => mean.move(1),
    ArrowUp: () => mean.move(-1),
    k: () => mean.move(-1),
    PageDown: () => mean.move(mean.pageRows),
    PageUp: () => mean.move(-mean.pageRows),
    Home: () => mean.move(-mean.count),
    End: () => mean.move(mean.count),
    Enter: mean.open,
    ArrowRight: () => mean.expand(true),
    ArrowLeft: () => mean.expand(false),
    x: event.shiftKey ? mean.checkAll : mean.check,
    " ": mean.check,
    a: mean.acknowledge,
    s: mean.shelve,
    o: mean.outOfService,
    c: mean.comment,
    g: mean.dispatch,
    u: mean.undo,
    n: mean.showFresh,
    v: mean.view,
    "/": mean.search,
    m: mean.sound,
    l: mean.language,
    "?": mean.help,
    Escape: mean.close,
    1: () => mean.priority(1),
    2: () => mean.priority(2),
    3: () => mean.priority(3),
    4: () => mean.priority(4),
  };
  const action = actions[key.length === 1 ? key.toLowerCase() : key];
  action?.();
  return action !== undefined;
}
