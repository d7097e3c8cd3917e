import { setInterval } from "node:timers/promises";
import type { Alarm, Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Alarms } from "../alarms.ts";
import { Refusal } from "../operate.ts";
import { dueStep, waitingAfter } from "./unanswered.ts";
import { alarmOf, type Way } from "./way.ts";
import type { WaitingAlarm, WayBook } from "./way-book.ts";
import type { EscalationStep } from "./ways-file.ts";

export interface EscalationParts {
  readonly alarms: Pick<Alarms, "list" | "operate">;
  readonly book: WayBook;
  readonly now: Clock;
  readonly log: Pick<Logger, "error">;
}

/** Tells the next one when nobody acknowledges. */
export interface Escalation {
  /** How it learns of transitions: a way like any other, with its own place in the book of alarms. */
  readonly way: Way;
  /** Takes the alarms that nobody has acknowledged so far; once, before its first transition. */
  begin(): void;
  use(steps: readonly EscalationStep[]): void;
  /** Takes the steps that are due; gives how many. */
  tick(): number;
  /** Ticks until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** A step counts in minutes. */
const tickMs = 1000;

/**
 * Each step is a transition `unanswered` of the alarm, whose comment names the ways that are told: it
 * stands in the history, goes out like every other, and is taken once, whatever crashes in between.
 * Since when an alarm waits is on disk, so that a restart neither forgets nor delays a step.
 */
export function createEscalation({ alarms, book, now, log }: EscalationParts): Escalation {
  const waiting = new Map(book.waiting().map((one) => [one.alarm, one]));
  let steps: readonly EscalationStep[] = [];

  function take(changes: ReadonlyMap<string, WaitingAlarm | null>): void {
    if (changes.size === 0) return;
    book.putWaiting(changes);
    for (const [alarm, one] of changes) {
      if (one) waiting.set(alarm, one);
      else waiting.delete(alarm);
    }
  }

  function follow(changed: readonly Alarm[]): void {
    const changes = new Map<string, WaitingAlarm | null>();
    for (const alarm of changed) {
      const before = changes.has(alarm.id) ? changes.get(alarm.id) : waiting.get(alarm.id);
      const next = waitingAfter(alarm, before ?? undefined, now());
      if (next || before) changes.set(alarm.id, next);
    }
    take(changes);
  }

  /** False when the alarm has changed and the change is not known here yet: then the next tick looks again. */
  function tell(one: WaitingAlarm, ways: readonly string[], afterMs: number): boolean {
    const { alarm, version, since } = one;
    const call = { kind: "unanswered", comment: ways.join(", ") } as const;
    // Said again after a crash, it changes nothing: the key is known, with this version or the one before.
    const idempotencyKey = `escalation ${alarm} ${since} ${afterMs}`;
    try {
      alarms.operate(alarm, call, { actor: "kenh", version, idempotencyKey });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.kind !== "key-reused") return false;
    }
    return true;
  }

  function tick(): number {
    let count = 0;
    for (const one of [...waiting.values()]) {
      const due = dueStep(one, steps, now());
      if (!due || !tell(one, due.ways, due.afterMs)) continue;
      // What the call itself changed may be known by now.
      const known = waiting.get(one.alarm);
      if (known) take(new Map([[one.alarm, { ...known, toldAfterMs: due.afterMs }]]));
      count += 1;
    }
    return count;
  }

  return {
    way: {
      name: "escalation",
      async announce(changes) {
        follow(changes.map(alarmOf));
      },
    },
    begin() {
      const open = alarms.list({ states: ["unacknowledged"], visible: () => true });
      follow(open.map((json) => JSON.parse(json) as Alarm));
    },
    use(next) {
      steps = next;
    },
    tick,
    async run(signal) {
      try {
        for await (const _ of setInterval(tickMs, undefined, { signal })) {
          try {
            tick();
          } catch (error) {
            log.error({ err: error }, "a step of the escalation can't be taken; it is tried again");
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
