import { randomBytes } from "node:crypto";
import type { Clock, Dispatch, Scope } from "@kenh/schemas";
import type { AnsweredCall } from "../book.ts";
import { Refusal } from "../operate.ts";
import type { DispatchBook, DispatchFilter } from "./dispatch-book.ts";
import {
  type Assignment,
  assign,
  type By,
  type DispatchCall,
  fallOverdue,
  isOpen,
  operateDispatch,
  type Stepped,
} from "./steps.ts";

/** Who asks for a step of a dispatch. */
export interface DispatchCaller {
  readonly actor: string;
  readonly scope: Scope;
  /** With it, the same call again gives the same answer and changes nothing. Unique to whoever asks. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * Alarms that are given to agencies to be dealt with. A dispatch is a matter of people: it changes no
 * state of its alarm and ends neither with it nor before it. Each step of one is a transition of its
 * alarm, too, written in one transaction: so it goes every way out, and the alarm carries how its
 * last dispatch stands.
 */
export interface Dispatches {
  /**
   * Gives an alarm to an agency; gives the dispatch. Durable when it returns.
   * @param deadline by the station's clock: an instant, or so many milliseconds from now
   * @throws Refusal when one of the alarm is open already, when the deadline is out of bounds, or when
   * the idempotency key was used for another call
   * @returns undefined when there is no such alarm
   */
  assign(alarm: string, order: Order, by: DispatchCaller): Dispatch | undefined;
  /**
   * Takes an alarm from the agency that has it and gives it to another, in one step: the dispatch of
   * the first one is withdrawn, and the new one names it.
   * @throws Refusal as `assign` and `operate` do
   */
  reassign(
    id: string,
    order: Order & { readonly version: number; readonly comment: string },
    by: DispatchCaller,
  ): Dispatch | undefined;
  /** @throws Refusal when its state does not allow it, or when its version is another. */
  operate(
    id: string,
    call: DispatchCall & { readonly version: number },
    by: DispatchCaller,
  ): Dispatch | undefined;
  /** With all of its history. */
  get(id: string): Dispatch | undefined;
  /** The open ones, then the last that are over; of each, the last changed first. */
  list(filter: DispatchFilter): Dispatch[];
}

/** What an agency is given to do, and by when. */
export type Order = Omit<Assignment, "deadline"> & {
  readonly deadline: number | { readonly inMs: number };
};

interface DispatchParts {
  readonly book: DispatchBook;
  /** An earlier answer to the key. */
  readonly answered: (key: string) => AnsweredCall | undefined;
  /** The alarm as it is. */
  readonly alarm: (id: string) => Stepped["alarm"] | undefined;
  /** Makes durable what was found out before. */
  readonly write: () => void;
  /** Writes transitions, what is given along and the answer of the call, all or nothing; then tells. */
  readonly record: (
    alarms: readonly Stepped["alarm"][],
    along: () => void,
    call?: AnsweredCall,
  ) => void;
  readonly now: Clock;
}

/** @returns the calls, and what time alone does */
export function createDispatches(parts: DispatchParts): Dispatches & {
  /** Tells once of each whose deadline is over. */
  expire(now: number): void;
} {
  const { book, now } = parts;
  let nextDue = book.nextDue();

  function answered(key: string | undefined, request: string): Dispatch | undefined {
    const before = key === undefined ? undefined : parts.answered(key);
    if (!before) return undefined;
    if (before.request === request) return JSON.parse(before.json) as Dispatch;
    throw new Refusal(
      "key-reused",
      "this Idempotency-Key was used for another call: make a new one",
    );
  }

  /** The last of the steps is the answer. */
  function write(steps: readonly Stepped[], at: number, key?: string, request = ""): Dispatch {
    const { dispatch } = steps.at(-1) as Stepped;
    const json = JSON.stringify(dispatch);
    const along = (): void => {
      for (const one of steps) book.put(one.dispatch);
    };
    const call = key === undefined ? undefined : { key, request, json, at };
    parts.record(
      steps.map(({ alarm }) => alarm),
      along,
      call,
    );
    nextDue = book.nextDue();
    return dispatch;
  }

  function orderAt({ deadline, ...order }: Order, at: number): Assignment {
    return {
      ...order,
      deadline: typeof deadline === "number" ? deadline : at + deadline.inMs,
    };
  }

  const byOf = ({ actor, scope }: DispatchCaller, at: number): By => ({ actor, scope, now: at });
  const newId = (): string => randomBytes(12).toString("hex");

  /** The dispatch, with its alarm. */
  function find(id: string): Stepped | undefined {
    const dispatch = book.get(id);
    const alarm = dispatch && parts.alarm(dispatch.alarm);
    return dispatch && alarm && { alarm, dispatch };
  }

  return {
    assign(alarmId, order, by) {
      parts.write();
      const request = JSON.stringify(["dispatch", alarmId, order]);
      const before = answered(by.idempotencyKey, request);
      if (before) return before;
      const alarm = parts.alarm(alarmId);
      if (!alarm) return undefined;
      const open = book.open(alarmId);
      if (open) {
        throw new Refusal(
          "wrong-state",
          `alarm ${alarmId} is with ${open.agency} (dispatch ${open.id}, ${open.state}): reassign or withdraw that one`,
        );
      }
      const at = now();
      const made = assign(newId(), alarm, orderAt(order, at), null, byOf(by, at));
      return write([made], at, by.idempotencyKey, request);
    },
    reassign(id, { version, comment, ...order }, by) {
      parts.write();
      const request = JSON.stringify(["reassign", id, version, comment, order]);
      const before = answered(by.idempotencyKey, request);
      if (before) return before;
      const found = find(id);
      if (!found) return undefined;
      const at = now();
      const caller = byOf(by, at);
      const call = { kind: "withdraw", comment } as const;
      const withdrawn = operateDispatch(found, call, version, caller);
      const made = assign(newId(), withdrawn.alarm, orderAt(order, at), id, caller);
      return write([withdrawn, made], at, by.idempotencyKey, request);
    },
    operate(id, { version, ...call }, by) {
      parts.write();
      const request = JSON.stringify([call.kind, id, version, call.comment]);
      const before = answered(by.idempotencyKey, request);
      if (before) return before;
      const found = find(id);
      if (!found) return undefined;
      const at = now();
      const made = operateDispatch(found, call, version, byOf(by, at));
      return write([made], at, by.idempotencyKey, request);
    },
    get: (id) => book.get(id),
    list: (filter) => book.list(filter),
    expire(at) {
      if (at < nextDue) return;
      for (const dispatch of book.due(at)) {
        const alarm = parts.alarm(dispatch.alarm);
        if (alarm && isOpen(dispatch)) write([fallOverdue({ alarm, dispatch }, at)], at);
      }
      nextDue = book.nextDue();
    },
  };
}
