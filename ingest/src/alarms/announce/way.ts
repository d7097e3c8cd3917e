import type { Alarm, AlarmTransition } from "@kenh/schemas";
import type { Alarms } from "../alarms.ts";
import type { Change } from "../book.ts";

/** The book of alarms as those see it who tell of what is written in it. */
export type Outbox = Pick<
  Alarms,
  "revision" | "after" | "announced" | "setAnnounced" | "subscribe"
>;

/** A way out for transitions of alarms. */
export interface Way {
  /** Names its place in the outbox: never rename one that has shipped. */
  readonly name: string;
  /** Whether a transition goes this way at all; every one does when absent. */
  readonly wants?: (change: Change) => boolean;
  /**
   * Announces transitions in their order; resolves when the other side has them all. They come
   * again when it rejects or the process dies, so the other side may see one twice.
   * @throws PermanentError when they will never be taken; LaterError when the other side said how
   * long to wait; anything else means: try again.
   */
  announce(
    changes: readonly Change[],
    signal: AbortSignal,
    /** For a way that sends one by one: that this one is taken and need not come again. */
    took: (change: Change) => void,
  ): Promise<void>;
  /** How long to let more gather before the next announcement; nothing when absent. */
  readonly gatherMs?: () => number;
  /** Transitions in one announcement at most, where it is not the usual number. */
  readonly batch?: number;
  /** Lets go of connections. Idempotent. */
  readonly close?: () => void;
}

/** The other side is there and asks for time. */
export class LaterError extends Error {
  override readonly name = "LaterError";
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

const alarms = new WeakMap<Change, Alarm>();

/** The alarm as it was after the transition, read once for each of its uses. */
export function alarmOf(change: Change): Alarm {
  let alarm = alarms.get(change);
  if (!alarm) {
    alarm = JSON.parse(change.json) as Alarm;
    alarms.set(change, alarm);
  }
  return alarm;
}

/** What the transition is: the last line of the alarm's history. */
export function lineOf(change: Change): AlarmTransition {
  return alarmOf(change).history.at(-1) as AlarmTransition;
}
