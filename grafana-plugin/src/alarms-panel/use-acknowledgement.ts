import { useState } from "react";
import type { ShownAlarm } from "../shared/alarm-frame.ts";
import type { Acknowledge, Refusal } from "./acknowledge.ts";

/** Where the acknowledgement of one version of an alarm stands. */
type Attempt =
  | { readonly version: number; readonly sending: true }
  | { readonly version: number; readonly refusal: Refusal }
  | { readonly version: number; readonly answer: Parameters<typeof withAnswer>[1] };

/** What the operator's acknowledgements do to the alarms on screen. */
export interface Acknowledgement {
  /** The alarm as the station last answered, where that is newer than what the stream brought. */
  current(alarm: ShownAlarm): ShownAlarm;
  isSending(alarm: ShownAlarm): boolean;
  refusal(alarm: ShownAlarm): Refusal | undefined;
  send(alarm: ShownAlarm): void;
}

/**
 * Sends acknowledgements and keeps their state by alarm. Nothing is shown as acknowledged before the
 * station says so; a refusal stays until the alarm changes or is tried again.
 */
export function useAcknowledgement(acknowledge: Acknowledge): Acknowledgement {
  const [attempts, setAttempts] = useState<ReadonlyMap<string, Attempt>>(new Map());
  const put = (id: string, attempt: Attempt) =>
    setAttempts((before) => new Map(before).set(id, attempt));
  const of = (alarm: ShownAlarm) => {
    const attempt = attempts.get(alarm.id);
    return attempt && attempt.version >= alarm.version ? attempt : undefined;
  };
  const isSending = (alarm: ShownAlarm) => "sending" in (of(alarm) ?? {});
  return {
    isSending,
    current(alarm) {
      const attempt = attempts.get(alarm.id);
      return attempt && "answer" in attempt && attempt.answer.version > alarm.version
        ? withAnswer(alarm, attempt.answer)
        : alarm;
    },
    refusal(alarm) {
      const attempt = of(alarm);
      return attempt && "refusal" in attempt ? attempt.refusal : undefined;
    },
    send(alarm) {
      if (isSending(alarm)) return;
      const { id, version } = alarm;
      put(id, { version, sending: true });
      acknowledge({ id, version }).then((outcome) =>
        put(
          id,
          "alarm" in outcome
            ? { version: outcome.alarm.version, answer: outcome.alarm }
            : { version, refusal: outcome.refusal },
        ),
      );
    },
  };
}

function withAnswer(
  alarm: ShownAlarm,
  answer: Pick<ShownAlarm, "state" | "active" | "value" | "shelvedUntil" | "version">,
): ShownAlarm {
  const { state, active, value, shelvedUntil, version } = answer;
  return { ...alarm, state, active, value, shelvedUntil, version };
}
