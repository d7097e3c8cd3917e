import type { Priority } from "@kenh/schemas";

/** One tone of a pattern: when it begins and how long it lasts, in seconds, and how high it is. */
export interface Tone {
  readonly at: number;
  readonly seconds: number;
  readonly hz: number;
}

/** How a priority sounds: told apart by rhythm, for not everybody hears pitch. */
export interface Pattern {
  readonly tones: readonly Tone[];
  /** Milliseconds until it sounds again while nobody has acknowledged; null sounds once. */
  readonly everyMs: number | null;
}

const row = (count: number, seconds: number, pause: number, hz: number): Tone[] =>
  Array.from({ length: count }, (_, index) => ({ at: index * (seconds + pause), seconds, hz }));

export const patterns: Record<Priority, Pattern> = {
  // Five short ones, again and again until somebody acknowledges.
  1: { tones: row(5, 0.12, 0.08, 988), everyMs: 5_000 },
  // Three, more slowly.
  2: { tones: row(3, 0.22, 0.18, 784), everyMs: 30_000 },
  // Two long ones, once.
  3: { tones: row(2, 0.4, 0.25, 587), everyMs: null },
  // One soft touch.
  4: { tones: row(1, 0.25, 0, 440), everyMs: null },
};

/** Plays a pattern now. Edges are rounded: a tone cut off hard clicks. */
export function play(context: AudioContext, { tones }: Pattern): void {
  const start = context.currentTime + 0.05;
  for (const { at, seconds, hz } of tones) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = "triangle";
    tone.frequency.value = hz;
    volume.gain.setValueAtTime(0, start + at);
    volume.gain.linearRampToValueAtTime(0.6, start + at + 0.015);
    volume.gain.setValueAtTime(0.6, start + at + seconds - 0.03);
    volume.gain.linearRampToValueAtTime(0, start + at + seconds);
    tone.connect(volume).connect(context.destination);
    tone.start(start + at);
    tone.stop(start + at + seconds + 0.02);
  }
}
