import type { Alarm } from "@kenh/schemas";

/** Alarms of units whose own stations judge, as far as they are not over. */
export class TakenAlarms {
  readonly #byId = new Map<string, Alarm>();

  [Symbol.iterator](): Iterator<Alarm> {
    return this.#byId.values();
  }

  byId(id: string): Alarm | undefined {
    return this.#byId.get(id);
  }

  /** How many of them one explains. */
  explainedBy(id: string): number {
    let count = 0;
    for (const { suppressedBy } of this) if (suppressedBy === id) count += 1;
    return count;
  }

  enter(alarm: Alarm): void {
    if (alarm.state === "normal") this.#byId.delete(alarm.id);
    else this.#byId.set(alarm.id, alarm);
  }
}

/** The alarms of the book that are not over: those that are judged here, and the others. */
export function apart(alarms: Iterable<Alarm>): { own: Alarm[]; taken: TakenAlarms } {
  const own: Alarm[] = [];
  const taken = new TakenAlarms();
  for (const alarm of alarms) {
    if (alarm.ward === undefined) own.push(alarm);
    else taken.enter(alarm);
  }
  return { own, taken };
}

/** Alarms that are shown together. */
export interface Shown extends Iterable<Alarm> {
  byId(id: string): Alarm | undefined;
  explainedBy(id: string): number;
}

/** Those that are judged here, and those that others judge. */
export function shownOf(own: Shown, taken: Shown): Shown {
  return {
    *[Symbol.iterator]() {
      yield* own;
      yield* taken;
    },
    byId: (id) => own.byId(id) ?? taken.byId(id),
    explainedBy: (id) => own.explainedBy(id) + taken.explainedBy(id),
  };
}
