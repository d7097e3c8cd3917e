import type { Alarm, AlarmTransition, Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Alarms } from "./alarms.ts";
import type { Change } from "./book.ts";
import type { Floods } from "./flood.ts";

interface TellParts {
  readonly floods: Floods;
  readonly now: Clock;
  readonly log: Pick<Logger, "error">;
  readonly count: (event: AlarmTransition["event"]) => void;
}

/** Tells of transitions that are durable: whoever listens, and the count of what an operator had to take. */
export function createTelling({ floods, now, log, count }: TellParts): Pick<Alarms, "subscribe"> & {
  /** The alarms of the changes, each as it was then. */
  tell(alarms: readonly Alarm[], changes: readonly Change[]): void;
} {
  const listeners = new Set<(change: Change) => void>();
  return {
    tell(alarms, changes) {
      const at = now();
      for (const { device, history } of alarms) {
        const line = history.at(-1) as AlarmTransition;
        count(line.event);
        // What came late is no list that grows now.
        if (!line.late) floods.note(device, line, at);
      }
      for (const change of changes) {
        for (const listener of listeners) {
          try {
            listener(change);
          } catch (error) {
            log.error({ err: error, revision: change.revision }, "a listener to alarms failed");
          }
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
