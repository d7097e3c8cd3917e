import type { Priority } from "./alarm.ts";
import type { DispatchState } from "./dispatch-state.ts";
import type { Identity } from "./identity.ts";
import type { Text } from "./text.ts";

/** An alarm as a hand-over note names it. Times in milliseconds since 1970 UTC. */
export interface HandoverAlarm {
  readonly id: string;
  readonly device: Identity;
  readonly place: Text;
  readonly priority: Priority;
  readonly message: Text;
  readonly active: boolean;
  readonly raisedAt: number | null;
}

/** One that is not acknowledged, or of which it is told by whom it was. */
export interface HandoverOpenAlarm extends HandoverAlarm {
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
}

/** One that is put aside: until when, by whom and why. */
export interface HandoverHiddenAlarm extends HandoverAlarm {
  readonly until: number | null;
  readonly by: string | null;
  readonly comment: string | null;
}

/** The first of them, and how many there were in all. */
export interface HandoverList<T> {
  readonly total: number;
  readonly listed: readonly T[];
}

/** What the station knew at the moment of a hand-over; it is never changed afterwards. */
export interface HandoverFacts {
  readonly asOf: number;
  /** When the last shift was handed over, or a day before. */
  readonly since: number;
  /** In service and not over, the most urgent first. */
  readonly open: HandoverList<HandoverOpenAlarm> & {
    readonly byPriority: Readonly<Record<Priority, number>>;
    readonly unacknowledged: number;
  };
  readonly shelved: HandoverList<HandoverHiddenAlarm>;
  readonly outOfService: HandoverList<HandoverHiddenAlarm>;
  /** By the alarm that explains them. */
  readonly suppressed: HandoverList<{
    readonly cause: string;
    readonly message: Text | null;
    readonly place: Text | null;
    readonly count: number;
  }>;
  readonly dispatches: HandoverList<{
    readonly id: string;
    readonly alarm: string;
    readonly message: Text;
    readonly place: Text;
    readonly label: Text;
    readonly state: DispatchState;
    readonly deadline: number;
    readonly overdue: boolean;
    readonly instruction: string;
  }> & { readonly overdue: number };
  /** Datasets that are owed, and devices that are not heard. */
  readonly lateDatasets: HandoverList<{
    readonly id: string;
    readonly label: Text;
    readonly agency: Text;
    readonly state: string;
    readonly since: number | null;
  }>;
  readonly silentDevices: HandoverList<{
    readonly device: Identity;
    readonly place: Text;
    readonly lastSeenAt: number | null;
  }>;
  /** Since the last hand-over. */
  readonly counts: {
    readonly raised: number;
    readonly cleared: number;
    readonly acknowledged: number;
    readonly shelved: number;
    readonly takenOut: number;
    readonly dispatched: number;
    readonly handled: number;
    readonly handledLate: number;
    readonly overdue: number;
  };
}

/** Who signed a hand-over note, when, and what he had to say. */
export interface HandoverSignature {
  readonly at: number;
  readonly actor: string;
  readonly text: string | null;
}

/** A shift's hand-over (biên bản giao ca). What stands in it stays: a mistake is put right by another note. */
export interface Handover {
  readonly id: string;
  /** Whose shift it is: `*`, a province or a unit. */
  readonly unit: string;
  readonly at: number;
  readonly outgoing: HandoverSignature;
  readonly incoming: HandoverSignature | null;
  /** The note that this one puts right. */
  readonly corrects: string | null;
  readonly correctedBy: string | null;
  readonly facts: HandoverFacts;
}
