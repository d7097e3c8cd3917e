import type { Alarm, AlarmTransition, Clock } from "@kenh/schemas";
import type { Book, Change } from "../book.ts";
import type { LiveAlarms } from "../live.ts";
import { step } from "../operate.ts";
import type { TakenAlarms } from "./taken.ts";

/** What a unit's own station says of a transition beside the alarm. */
export interface From {
  /** `province/unit`. */
  readonly ward: string;
  /** When it was sent, the alarm called for nobody any more. */
  readonly settled: boolean;
}

interface TakeParts {
  readonly book: Book;
  readonly live: LiveAlarms;
  readonly taken: TakenAlarms;
  readonly now: Clock;
  /** Makes durable what was found out before. */
  readonly write: () => void;
  readonly tell: (alarms: readonly Alarm[], changes: readonly Change[]) => void;
}

/** What the engine does with alarms that others judge. */
export interface Taking {
  /**
   * Takes over a transition of an alarm that a unit's own station has judged; false when it is here
   * already. Durable when it returns. @throws Error when it can't be written
   */
  take(alarm: Alarm, from: From): boolean;
  /** Ends the alarms of all units but these: nobody else would. @throws Error when it can't be written */
  letGo(wards: readonly string[]): void;
}

/** A line that works brings a transition within seconds: one that comes a minute after it happened is late. */
export const lateAfterMs = 60_000;

/**
 * Takes over the transitions of alarms that a unit's own station has judged: into the same book and out
 * by the same ways, as they happened there. Nothing of them is judged here.
 */
export function createTake({ book, live, taken, now, write, tell }: TakeParts): Taking {
  function take(alarm: Alarm, { ward, settled }: From): boolean {
    write();
    const known = book.current(alarm.id);
    if (known && known.version >= alarm.version) return false;
    const at = now();
    const next = received(alarm, known, { ward, settled }, at);
    const others = book.openOf(alarm.device, alarm.rule).filter(({ id }) => id !== alarm.id);
    const comment = `the station of ${ward} judges this device`;
    const ended = others.map((other) => endOf(other, comment, at));
    const changes = book.record([...ended, next]);
    // What was judged here before is judged here no more.
    if (live.byId(next.id)) live.enter({ ...next, state: "normal" });
    for (const one of ended) (one.ward === undefined ? live : taken).enter(one);
    taken.enter(next);
    tell([...ended, next], changes);
    return true;
  }

  function letGo(wards: readonly string[]): void {
    const gone = [...taken].filter(({ ward = "" }) => !wards.includes(ward));
    if (gone.length === 0) return;
    write();
    const at = now();
    const ended = gone.map((alarm) =>
      endOf(alarm, `the station of ${alarm.ward} reports no more`, at),
    );
    const changes = book.record(ended);
    for (const one of ended) taken.enter(one);
    tell(ended, changes);
  }

  return { take, letGo };
}

/** The alarm with what is known here of how its lines came. */
function received(alarm: Alarm, known: Alarm | undefined, from: From, at: number): Alarm {
  const line = alarm.history.at(-1) as AlarmTransition;
  const late = at - line.at > lateAfterMs;
  const last: AlarmTransition = {
    ...line,
    receivedAt: at,
    ...(late && { late }),
    ...(from.settled && { settled: true }),
  };
  const before = alarm.history.slice(0, -1);
  const here = before.length > 0 ? (known?.history.slice(-before.length) ?? []) : [];
  const earlier = [...before.slice(0, before.length - here.length), ...here];
  return { ...alarm, ward: from.ward, history: [...earlier, last] };
}

/** There is one alarm at a time of a rule on a device: the one that nobody judges any more is over. */
function endOf(alarm: Alarm, comment: string, at: number): Alarm {
  const over = {
    ...alarm,
    ...{ state: "normal" as const, active: false, clearedAt: alarm.clearedAt ?? at },
    ...{ shelvedUntil: null, suppressedBy: null },
  };
  return step(over, { at, event: "clear", actor: null, comment });
}
