import type { Alarm, AlarmRule } from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import type { Point } from "../stores/store.ts";
import type { AlarmFilter, Change } from "./book.ts";
import type { Call } from "./operate.ts";

/** The good samples of one message. */
export interface FedMessage {
  readonly device: RegisteredDevice;
  readonly samples: readonly Point[];
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
 * transition of the same alarm, a raise after it begins a new one. An alarm that is shelved or out
 * of service is not over, whatever its condition. The id follows from device, rule and the instant of
 * the first raise, so that the same readings give the same alarm anywhere.
 *
 * `raisedAt`, `clearedAt`, `value` are those of the last raise and clear (event time); calls of
 * operators stand with the time of the clock. `shelvedUntil` is the end of a shelving, or of being
 * out of service.
 */
export interface Alarms {
  /**
   * Judges what one group commit made durable, in the order of the spool. A position that has been
   * judged is ignored, so that everything after `durablePosition` may be fed again after a crash.
   * Never throws: a transition that can't be written is tried again, is not announced before it is
   * durable, and holds `durablePosition` back, so that the spool keeps what led to it.
   */
  feed(position: number, messages: readonly FedMessage[]): void;
  /** Up to here nothing has to be fed again after a crash: the spool may let go of it. */
  readonly durablePosition: number;
  /** Writes all that was fed. @throws Error when it can't be written. */
  checkpoint(): void;
  /** Takes other rules from the next feed on. What is known by rule and device is kept. */
  setRules(rules: Iterable<AlarmRule>): void;

  /** The revision of the last transition of any alarm. */
  readonly revision: number;
  /** Alarms in JSON, last changed first: all that are not over, then the last ended ones. */
  list(filter: AlarmFilter): string[];
  /** With all of its history. */
  get(id: string): Alarm | undefined;
  /** Transitions after a revision, in order, at most `most`. */
  after(revision: number, most: number): Change[];
  /**
   * Carries out an operator's call; gives the alarm in JSON. Durable when it returns.
   * @throws Error when it can't be written: nothing has changed then.
   * @throws Refusal when the alarm does not allow it, when its version is another, or when the
   * idempotency key was used for another call.
   * @returns undefined when there is no such alarm
   */
  operate(id: string, call: Call, context: CallContext): string | undefined;
  /** Ends shelvings and maintenance whose time has come; gives how many. */
  expire(): number;
  /** Tells of each transition once it is durable; returns how to stop that. */
  subscribe(listener: (change: Change) => void): () => void;

  /** The last revision that a way out has announced; a new way begins with the first transition. */
  announced(way: string): number;
  setAnnounced(way: string, revision: number): void;

  /** Ends shelvings, and writes what could not be written, every second until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Makes a checkpoint and closes the file. Idempotent. */
  close(): void;
}
