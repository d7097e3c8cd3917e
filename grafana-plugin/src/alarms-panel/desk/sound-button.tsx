import type { Language } from "../../shared/language.ts";
import { countdownText } from "../../shared/time-text.ts";
import type { Sound } from "../use-sound.ts";
import { words } from "../words.ts";

/** Turns the sound on, mutes it for a while, and says which of the two is the case. */
export function SoundButton(props: { sound: Sound; now: number; language: Language }) {
  const { sound, now, language } = props;
  const say = words[language].sound;
  const rest = countdownText((sound.mutedUntil ?? now) - now);
  const title = sound.state === "muted" ? say.muted(rest) : say[sound.state];
  const short = {
    on: say.shortOn,
    off: say.shortOff,
    muted: say.shortMuted(rest),
    blocked: say.shortOff,
  }[sound.state];
  return (
    <button
      type="button"
      className="kenh-sound"
      data-state={sound.state}
      title={title}
      aria-label={`${short}: ${title}`}
      onClick={sound.toggle}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M2 6h3l4-3v10l-4-3H2z" />
        {sound.state === "on" ? (
          <path d="M11.5 5.5a4 4 0 0 1 0 5" />
        ) : (
          <path d="M11 6l4 4M15 6l-4 4" />
        )}
      </svg>
      <span>{short}</span>
    </button>
  );
}
