import type { Alarm, AlarmEvent, AlarmState, AlarmTransition } from "@kenh/schemas";
import { Book, type Change } from "../book.ts";
import type { Outbox } from "./way.ts";

export const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";

/** An alarm before its first transition. */
export function alarmOn(device: string, change: Partial<Alarm> = {}): Alarm {
  return {
    id: "5f0c6a1e9b7d4c2a8e3f1b60",
    device,
    rule: "water.bd3",
    priority: 1,
    state: "normal",
    active: false,
    raisedAt: null,
    clearedAt: null,
    acknowledgedAt: null,
    shelvedUntil: null,
    value: null,
    limit: 2.3,
    quantity: "water_level_m",
    message: { vi: "Mực nước trên báo động III", en: "Water level above alarm level III" },
    cause: { vi: "Lũ và triều cường", en: "Flood and spring tide" },
    action: { vi: "Sơ tán vùng trũng", en: "Evacuate low ground" },
    version: 0,
    history: [],
    ...change,
  };
}

const stateAfter: Partial<Record<AlarmEvent, AlarmState>> = {
  raise: "unacknowledged",
  escalate: "unacknowledged",
  clear: "returned",
  acknowledge: "acknowledged",
  shelve: "shelved",
  unshelve: "unacknowledged",
  suppress: "suppressed",
  unsuppress: "unacknowledged",
};

/** The alarm after a transition; its state is the usual one after such an event unless told. */
export function step(
  alarm: Alarm,
  event: AlarmEvent,
  at: number,
  change: Partial<Alarm> & Partial<Pick<AlarmTransition, "actor" | "comment">> = {},
): Alarm {
  const { actor = null, comment = null, ...rest } = change;
  const next: Alarm = {
    ...alarm,
    state: stateAfter[event] ?? alarm.state,
    ...(event === "raise" && { active: true, raisedAt: at, clearedAt: null }),
    ...(event === "clear" && { active: false, clearedAt: at }),
    ...(event === "acknowledge" && { acknowledgedAt: at }),
    version: alarm.version + 1,
    ...rest,
  };
  const line = { at, event, state: next.state, value: next.value, actor, comment };
  return { ...next, history: [...next.history, line] };
}

/** The book of alarms itself, as the ways out see it, with a hand to write in it. */
export function openOutbox(file: string) {
  const book = new Book(file, () => {
    throw new Error("the book of a test is damaged");
  });
  const listeners = new Set<(change: Change) => void>();
  const outbox: Outbox = {
    get revision() {
      return book.revision;
    },
    after: (revision, most) => book.after(revision, most),
    announced: (way) => book.announced(way),
    setAnnounced: (way, revision) => book.setAnnounced(way, revision),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    outbox,
    get: (id: string) => book.get(id),
    record(...alarms: Alarm[]): Change[] {
      const changes = book.record(alarms);
      for (const change of changes) for (const listener of listeners) listener(change);
      return changes;
    },
    close: () => book.close(),
  };
}
