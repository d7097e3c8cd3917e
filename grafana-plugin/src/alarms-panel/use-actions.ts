import { useCallback, useEffect, useRef, useState } from "react";
import type { ShownAlarm } from "../shared/alarm-frame.ts";
import {
  type Call,
  type CallKind,
  type CarryOut,
  type Outcome,
  type Refusal,
  together,
} from "./calls.ts";

/** Calls under way at once: a station on a small board answers others meanwhile. */
const mostAtOnce = 4;

/** Where a call on one version of an alarm stands. */
type Attempt = { readonly version: number } & (
  | { readonly sending: CallKind }
  | { readonly refusal: Refusal; readonly repeat: string; readonly key: string }
  | { readonly answer: Extract<Outcome, { alarm: unknown }>["alarm"]; readonly by: Call }
);

/** What became of the last call on one or several alarms. */
export interface Summary {
  readonly kind: CallKind;
  readonly done: readonly string[];
  readonly refused: number;
  /** Milliseconds UTC of this computer. */
  readonly at: number;
}

/** What the operator's calls do to the alarms on screen. */
export interface Actions {
  /** The alarm as the station last answered, where that is newer than what the stream brought. */
  current(alarm: ShownAlarm): ShownAlarm;
  sending(alarm: ShownAlarm): CallKind | undefined;
  refusal(alarm: ShownAlarm): Refusal | undefined;
  /** One call on several alarms; each is answered for itself. */
  send(alarms: readonly ShownAlarm[], call: Call): void;
  readonly summary: Summary | undefined;
}

/**
 * Sends calls and keeps their state by alarm. Nothing is shown as done before the station says so; a
 * refusal stays until the alarm changes or the call is tried again.
 */
export function useActions(carryOut: CarryOut, alarms: readonly ShownAlarm[]): Actions {
  const [attempts, setAttempts] = useState<ReadonlyMap<string, Attempt>>(new Map());
  const [summary, setSummary] = useState<Summary>();
  const latest = useRef(attempts);
  const put = useCallback((id: string, attempt: Attempt) => {
    latest.current = new Map(latest.current).set(id, attempt);
    setAttempts(latest.current);
  }, []);

  // What the stream has overtaken is forgotten, or a wall that runs for months would grow.
  useEffect(() => {
    if (latest.current.size === 0) return;
    const versions = new Map(alarms.map(({ id, version }) => [id, version]));
    const kept = [...latest.current].filter(([id, attempt]) => {
      if ("sending" in attempt) return true;
      const version = versions.get(id);
      return version !== undefined && version <= attempt.version;
    });
    if (kept.length === latest.current.size) return;
    latest.current = new Map(kept);
    setAttempts(latest.current);
  }, [alarms]);

  const of = (alarm: ShownAlarm) => {
    const attempt = attempts.get(alarm.id);
    return attempt && attempt.version >= alarm.version ? attempt : undefined;
  };

  const send = useCallback(
    async (chosen: readonly ShownAlarm[], call: Call) => {
      const waiting = chosen.filter(({ id }) => !("sending" in (latest.current.get(id) ?? {})));
      const done: string[] = [];
      const one = async (batch: readonly ShownAlarm[]) => {
        const repeat = JSON.stringify([call, batch.map(({ id, version }) => [id, version])]);
        const earlier = latest.current.get(batch[0]?.id ?? "");
        const isRepeat = earlier && "refusal" in earlier && earlier.repeat === repeat;
        const key = isRepeat ? earlier.key : randomKey();
        for (const { id, version } of batch) put(id, { version, sending: call.kind });
        const outcomes = await carryOut(batch, call, key);
        for (const [index, { id, version }] of batch.entries()) {
          const outcome = outcomes[index] ?? { refusal: { kind: "offline" } };
          if ("alarm" in outcome) {
            done.push(id);
            put(id, { version: outcome.alarm.version, answer: outcome.alarm, by: call });
          } else put(id, { version, refusal: outcome.refusal, repeat, key });
        }
      };
      const size = together(call.kind);
      const queue = Array.from({ length: Math.ceil(waiting.length / size) }, (_, at) =>
        waiting.slice(at * size, (at + 1) * size),
      ).values();
      const worker = async () => {
        for (const batch of queue) await one(batch);
      };
      await Promise.all(Array.from({ length: mostAtOnce }, worker));
      setSummary({
        kind: call.kind,
        done,
        refused: waiting.length - done.length,
        at: Date.now(),
      });
    },
    [carryOut, put],
  );

  const current = useCallback(
    (alarm: ShownAlarm) => {
      const attempt = attempts.get(alarm.id);
      return attempt && "answer" in attempt && attempt.answer.version > alarm.version
        ? withAnswer(alarm, attempt.answer, attempt.by)
        : alarm;
    },
    [attempts],
  );

  return {
    send,
    summary,
    sending(alarm) {
      const attempt = of(alarm);
      return attempt && "sending" in attempt ? attempt.sending : undefined;
    },
    current,
    refusal(alarm) {
      const attempt = of(alarm);
      return attempt && "refusal" in attempt ? attempt.refusal : undefined;
    },
  };
}

function withAnswer(
  alarm: ShownAlarm,
  answer: Pick<
    ShownAlarm,
    "state" | "active" | "value" | "shelvedUntil" | "acknowledgedAt" | "version"
  >,
  by: Call,
): ShownAlarm {
  const { state, active, value, shelvedUntil, acknowledgedAt, version } = answer;
  const { comment: reason = "" } = "comment" in by ? by : {};
  return { ...alarm, state, active, value, shelvedUntil, acknowledgedAt, version, reason, by: "" };
}

/** Random enough to be no other call's. `crypto.randomUUID` is not there without TLS. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    "-",
  );
}
