import type { Alarm, AlarmRule, AlarmTransition, Identity, QuotaUse, Value } from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import type { Point } from "../stores/store.ts";
import type { AlarmFilter, Change } from "./book.ts";
import type { Dispatches } from "./dispatch/dispatches.ts";
import type { Flood } from "./flood.ts";
import type { Kpis } from "./kpi.ts";
import type { Call } from "./operate.ts";
import type { Taking } from "./wards/take.ts";
import type { Tenants } from "./watches.ts";

/** The good samples of one message. */
export interface FedMessage {
  readonly device: RegisteredDevice;
  readonly samples: readonly Point[];
  /** When it arrived, as its receipt has it: the order of readings follows from that. */
  readonly receivedAt: number;
  /** Its place in the row of the spool. */
  readonly index: number;
  /** Who brought it, where the envelope says so. */
  readonly agent?: string | null;
}

/** Who asks, and for which version of the alarm. */
export interface CallContext {
  readonly actor: string;
  readonly version: number;
  /** With it, the same call again gives the same answer and changes nothing. Unique to whoever asks. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * The alarms of a station.
 *
 * There is at most one alarm at a time for a rule on a device. It begins with a raise and keeps its
 * `id` until it is normal, that is back to normal *and* acknowledged; a raise before that is a
 * transition of the same alarm, a raise after it begins a new one. An alarm that is shelved, out of
 * service or suppressed is not over, whatever its condition. The id follows from device, rule and the
 * instant of the first raise, so that the same readings give the same alarm anywhere.
 *
 * `raisedAt`, `clearedAt`, `value` are those of the last raise and clear (event time); calls of
 * operators stand with the time of the clock. `shelvedUntil` is the end of a shelving, or of being
 * out of service. `priority`, `limit`, `message` are those of the level that holds.
 *
 * Readings are held for a moment and judged in order of event time. One that comes later than that
 * behind newer ones of its device changes nothing; where it contradicts what the alarm was, it is
 * noted in its history as `late`.
 *
 * A rule that `explains` others makes its alarm their cause: they are raised into `suppressed`, with
 * the id of the cause as comment and in `suppressedBy`, and so are those raised shortly before it and
 * not acknowledged. When the cause is over, they stay so for a while in which to return (two minutes
 * to start, and as long as their rule takes to see it); what still holds then is told.
 */
export interface Alarms extends Taking {
  /**
   * Takes what one group commit made durable, in the order of the spool. A position that has been
   * fed is ignored, so that everything after `durablePosition` may be fed again after a crash.
   * Never throws: a transition that can't be written is tried again, is not announced before it is
   * durable, and holds `durablePosition` back, so that the spool keeps what led to it.
   */
  feed(position: number, messages: readonly FedMessage[]): void;
  /**
   * Takes what is no telemetry of a spool: presence (`online`), derived quantities, the station's own
   * health. Judged like readings, by the rules that watch these quantities on that identity; one that
   * is not registered is of the measurement `platform`. What has not come to a transition or a
   * checkpoint is forgotten by a crash: whoever observes says it again after a start.
   * @param ts event time; the station's clock when absent
   */
  observe(identity: Identity, values: Readonly<Record<string, Value>>, ts?: number): void;
  /** Up to here nothing has to be fed again after a crash: the spool may let go of it. */
  readonly durablePosition: number;
  /**
   * Writes what was fed, for about `ms` (all of it when absent). Transitions are written first.
   * @returns whether there is more of it to write
   * @throws Error when it can't be written
   */
  checkpoint(ms?: number): boolean;
  /**
   * Takes other rules from the next feed on. What is known by rule and device is kept; a condition
   * that no rule watches any more has ended.
   * @param tenants whose rules are others
   */
  setRules(rules: Iterable<AlarmRule>, tenants?: Tenants): void;

  /** The revision of the last transition of any alarm. */
  readonly revision: number;
  /** Alarms in JSON, last changed first: all that are not over, then the last ended ones. */
  list(filter: AlarmFilter): string[];
  /** With all of its history. */
  get(id: string): Alarm | undefined;
  /** Transitions after a revision, in order, at most `most`. */
  after(revision: number, most: number): Change[];
  /** How hard the list of each unit is to read now: units with a visible device that had an alarm. */
  floods(visible: (device: Identity) => boolean): Flood[];
  /** How the quotas of alarms stand. */
  quotaUses(): QuotaUse[];
  /** The key figures of a period of event time. */
  kpis(period: {
    readonly from: number;
    readonly to: number;
    readonly visible: (device: Identity) => boolean;
  }): Kpis;
  /** What happened to alarms in a period: of one hand-over to the next. */
  transitions(period: {
    readonly from: number;
    readonly to: number;
    readonly visible: (device: Identity) => boolean;
  }): AlarmTransition[];
  /**
   * Carries out an operator's call; gives the alarm in JSON. Durable when it returns.
   * @throws Error when it can't be written: nothing has changed then.
   * @throws Refusal when the alarm does not allow it, when its version is another, or when the
   * idempotency key was used for another call.
   * @returns undefined when there is no such alarm
   */
  operate(id: string, call: Call, context: CallContext): string | undefined;
  /**
   * Takes a rule on a device out of service, whether there is an alarm of it now or not; gives the
   * alarm in JSON.
   * @throws Error when it can't be written.
   * @throws Refusal when it is out of service already, or when the key was used for another call.
   * @returns undefined when there is no such rule
   */
  takeOut(
    device: Identity,
    rule: string,
    call: { readonly comment: string; readonly until: number | null },
    context: Pick<CallContext, "actor" | "idempotencyKey">,
  ): string | undefined;
  /** Who deals with what. */
  readonly dispatches: Dispatches;
  /** Does what time alone does, by the station's clock; gives how many transitions that made. */
  tick(): number;
  /** Tells of each transition once it is durable; returns how to stop that. */
  subscribe(listener: (change: Change) => void): () => void;

  /** The last revision that a way out has announced; a new way begins with the first transition. */
  announced(way: string): number;
  setAnnounced(way: string, revision: number): void;

  /** Ticks when something is due, and at least every second, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Makes a checkpoint and closes the file. Idempotent. */
  close(): void;
}
