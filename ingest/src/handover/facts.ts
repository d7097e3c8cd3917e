import type {
  Alarm,
  AlarmEvent,
  AlarmTransition,
  Dispatch,
  HandoverAlarm,
  HandoverFacts,
  HandoverHiddenAlarm,
  HandoverList,
  Identity,
  Priority,
  Text,
} from "@kenh/schemas";

/** What a note is made of. */
export interface FactsParts {
  readonly asOf: number;
  readonly since: number;
  /** All that are not over. */
  readonly alarms: readonly Alarm[];
  /** Any alarm with all of its history. */
  readonly alarm: (id: string) => Alarm | undefined;
  /** Transitions of the shift. */
  readonly lines: readonly AlarmTransition[];
  /** Open ones, and those that were changed in the shift. */
  readonly dispatches: readonly Dispatch[];
  readonly datasets: readonly {
    readonly id: string;
    readonly label: Text;
    readonly agencyLabel: Text;
    readonly state: string | null;
    readonly since: number | null;
  }[];
  readonly devices: readonly {
    readonly identity: Identity;
    readonly freshness: string;
    readonly lastSeenAt: number | null;
  }[];
  readonly place: (device: Identity) => Text;
}

/** Things of one kind that a note names one by one: what a person still reads. Of more it gives the number. */
const mostListed = 200;

/** What a shift hands over, from what is known at the moment. Pure. */
export function factsOf(parts: FactsParts): HandoverFacts {
  const { asOf, since, alarms, dispatches, lines, place } = parts;
  const sorted = [...alarms].sort(
    (a, b) => a.priority - b.priority || (b.raisedAt ?? 0) - (a.raisedAt ?? 0),
  );
  const of = (...states: Alarm["state"][]) => sorted.filter(({ state }) => states.includes(state));
  const named = (alarm: Alarm): HandoverAlarm => {
    const { id, device, priority, message, active, raisedAt } = alarm;
    return { id, device, place: place(device), priority, message, active, raisedAt };
  };
  const last = (alarm: Alarm, event: AlarmEvent): AlarmTransition | undefined =>
    (parts.alarm(alarm.id)?.history ?? alarm.history).findLast((line) => line.event === event);
  const hidden = (alarm: Alarm): HandoverHiddenAlarm => {
    const line = last(alarm, alarm.state === "shelved" ? "shelve" : "out-of-service");
    const { actor: by = null, comment = null } = line ?? {};
    return { ...named(alarm), until: alarm.shelvedUntil, by, comment };
  };

  const open = of("unacknowledged", "acknowledged", "returned");
  const byPriority: Record<Priority, number> = { 1: 0, 2: 0, 3: 0, 4: 0 };
  for (const { priority } of open) byPriority[priority] += 1;
  const suppressed = of("suppressed");
  const causes = Map.groupBy(suppressed, ({ suppressedBy }) => suppressedBy ?? "");
  const waiting = dispatches.filter(({ state }) => state !== "handled" && state !== "withdrawn");
  const late = parts.datasets.filter(
    ({ state }) => state === "overdue" || state === "delinquent" || state === "not-connected",
  );
  const silent = parts.devices.filter(
    ({ freshness }) => freshness === "silent" || freshness === "never",
  );
  const count = (event: AlarmEvent): number => lines.filter((line) => line.event === event).length;

  return {
    asOf,
    since,
    open: {
      ...listOf(open, (alarm) => ({
        ...named(alarm),
        acknowledgedAt: alarm.acknowledgedAt,
        acknowledgedBy:
          alarm.acknowledgedAt === null ? null : (last(alarm, "acknowledge")?.actor ?? null),
      })),
      byPriority,
      unacknowledged: open.filter(({ state }) => state !== "acknowledged").length,
    },
    shelved: listOf(of("shelved"), hidden),
    outOfService: listOf(of("out-of-service"), hidden),
    suppressed: {
      ...listOf([...causes], ([cause, explained]) => {
        const alarm = parts.alarm(cause);
        return {
          cause,
          message: alarm?.message ?? null,
          place: alarm ? place(alarm.device) : null,
          count: explained.length,
        };
      }),
      total: suppressed.length,
    },
    dispatches: {
      ...listOf(waiting, ({ id, alarm, message, place: where, label, state, ...rest }) => ({
        ...{ id, alarm, message, place: where, label, state },
        ...{ deadline: rest.deadline, overdue: rest.overdue, instruction: rest.instruction },
      })),
      overdue: waiting.filter(({ overdue }) => overdue).length,
    },
    lateDatasets: listOf(late, ({ id, label, agencyLabel, state, since: from }) => ({
      ...{ id, label, agency: agencyLabel, state: state ?? "", since: from },
    })),
    silentDevices: listOf(silent, ({ identity, lastSeenAt }) => ({
      ...{ device: identity, place: place(identity), lastSeenAt },
    })),
    counts: {
      raised: count("raise"),
      cleared: count("clear"),
      acknowledged: count("acknowledge"),
      shelved: count("shelve"),
      takenOut: count("out-of-service"),
      dispatched: count("dispatch"),
      handled: count("dispatch-handle"),
      handledLate: dispatches.filter(
        ({ late: after, handledAt }) => after && (handledAt ?? 0) >= since,
      ).length,
      overdue: count("dispatch-overdue"),
    },
  };
}

function listOf<T, R>(all: readonly T[], make: (one: T) => R): HandoverList<R> {
  return { total: all.length, listed: all.slice(0, mostListed).map(make) };
}
