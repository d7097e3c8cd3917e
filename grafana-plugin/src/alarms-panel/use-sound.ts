import type { Priority } from "@kenh/schemas";
import { useEffect, useRef, useState } from "react";
import type { ShownAlarm } from "../shared/alarm-frame.ts";
import { patterns, play } from "./tones.ts";

/** Nobody forgets a mute: it ends by itself. */
const muteMs = 5 * 60_000;

/** How the panel sounds. */
export interface Sound {
  /** `blocked`: wanted, but the browser waits for somebody to touch the page. */
  readonly state: "off" | "on" | "muted" | "blocked";
  /** Until when it is muted, milliseconds UTC of this computer. */
  readonly mutedUntil: number | null;
  /** What a press of the button does: turn it on, mute it, unmute it. */
  toggle(): void;
}

/**
 * Sounds for what nobody has acknowledged: at once for a new alarm, again for the high priorities.
 * Browsers play nothing before the first touch of the page.
 * @param alarms those in service
 * @param isOn whether it is wanted: turned on before, or for a wall whose browser is set up to play
 * @param turnOn somebody wants it
 */
export function useSound(
  alarms: readonly ShownAlarm[],
  now: number,
  isOn: boolean,
  turnOn: () => void,
): Sound {
  const [mutedUntil, setMutedUntil] = useState<number | null>(null);
  const context = useRef<AudioContext | null>(null);
  const heard = useRef<ReadonlySet<string> | null>(null);
  const playedAt = useRef(0);
  const isMuted = mutedUntil !== null && now < mutedUntil;

  const waiting = alarms.filter(({ state }) => state === "unacknowledged");
  const keys = new Set(waiting.map(({ id, raisedAt }) => `${id} ${raisedAt}`));
  const fresh = waiting.filter(
    ({ id, raisedAt }) => heard.current !== null && !heard.current.has(`${id} ${raisedAt}`),
  );
  const highestFresh = highest(fresh);
  const highestWaiting = highest(waiting);

  useEffect(() => {
    if (!isOn) return;
    context.current ??= openAudio();
    const resume = () => void context.current?.resume();
    document.addEventListener("pointerup", resume);
    document.addEventListener("keydown", resume);
    return () => {
      document.removeEventListener("pointerup", resume);
      document.removeEventListener("keydown", resume);
    };
  }, [isOn]);
  useEffect(() => () => void context.current?.close(), []);

  useEffect(() => {
    heard.current = keys;
    if (!isOn || isMuted || !context.current) return;
    const repeat = highestWaiting && patterns[highestWaiting].everyMs;
    const isDue = repeat !== null && repeat !== undefined && now - playedAt.current >= repeat;
    const priority = highestFresh ?? (isDue ? highestWaiting : null);
    if (!priority || context.current.state !== "running") return;
    playedAt.current = now;
    play(context.current, patterns[priority]);
  });

  const isBlocked = isOn && context.current !== null && context.current.state !== "running";
  return {
    state: !isOn ? "off" : isBlocked ? "blocked" : isMuted ? "muted" : "on",
    mutedUntil: isMuted ? mutedUntil : null,
    toggle() {
      context.current ??= openAudio();
      context.current?.resume();
      if (!isOn) turnOn();
      else if (!isBlocked) setMutedUntil(isMuted ? null : Date.now() + muteMs);
    },
  };
}

function highest(alarms: readonly ShownAlarm[]): Priority | null {
  if (alarms.length === 0) return null;
  return Math.min(...alarms.map(({ priority }) => priority)) as Priority;
}

/** Null where the browser has no sound at all. */
function openAudio(): AudioContext | null {
  return typeof AudioContext === "undefined" ? null : new AudioContext();
}
