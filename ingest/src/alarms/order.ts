/** What the order looks at. */
export interface Arrived {
  /** Event time. */
  readonly ts: number;
  /** Instant of arrival by `ArrivalClock`. */
  readonly arrival: number;
  /** What must never be overtaken by something newer of its own: a device. One object each. */
  readonly subject: { readonly identity: string };
}

/** How far apart, in arrival time, readings may come out of order and still be put in order. */
export const latenessDefaultMs = 250;
/** Releases lie on a grid of a tenth of the hold: one sort serves many messages. */
const stepsOfHold = 10;
/** A clock that goes back further than this has been set back; by less, its readings are taken for simultaneous. */
const setBackMs = 1000;

/**
 * Lets what arrives be put in order of event time. Everything is held for `latenessMs` after its arrival,
 * and then released together with all that is older: of its own device whatever has arrived, of
 * others what was measured before it came, so that a clock that runs ahead cuts nobody's hold short.
 *
 * When something is released follows from the arrivals alone, not from when it is asked for: releases
 * lie on a grid of arrival time, and whoever adds a reading has first released what was due before
 * it. So a replay of the same arrivals gives the same releases.
 */
export class Hold<T extends Arrived> {
  readonly #latenessMs: number;
  readonly #stepMs: number;
  /** By arrival. */
  #held: T[] = [];

  constructor(latenessMs: number) {
    this.#latenessMs = latenessMs;
    this.#stepMs = Math.max(1, Math.floor(latenessMs / stepsOfHold));
  }

  get size(): number {
    return this.#held.length;
  }

  /** What is held, by arrival. */
  get held(): readonly T[] {
    return this.#held;
  }

  /** Takes one in; its arrival is not before the last one's. */
  add(one: T): void {
    this.#held.push(one);
  }

  /** The instant of arrival time at which something is to be released; never, when nothing is held. */
  get next(): number {
    const [first] = this.#held;
    return first === undefined ? Number.POSITIVE_INFINITY : this.#after(first.arrival);
  }

  /**
   * At a release at `at` nothing measured before this instant is held or still to come, unless late:
   * it comes within the window, and is released within another one.
   */
  certainAt(at: number): number {
    return at - 2 * this.#latenessMs;
  }

  /** The first release at which `instant` is certain. */
  certainOf(instant: number): number {
    return this.#after(instant + this.#latenessMs);
  }

  /** The first release that is at least the hold after an instant. */
  #after(instant: number): number {
    return Math.ceil((instant + this.#latenessMs) / this.#stepMs) * this.#stepMs;
  }

  /** What is to be released at `at`, by arrival. */
  release(at: number): T[] {
    const horizon = at - this.#latenessMs;
    let newest = Number.NEGATIVE_INFINITY;
    let due = 0;
    const ahead = new Map<object, number>();
    for (const { ts, arrival, subject } of this.#held) {
      if (arrival > horizon) break;
      due++;
      newest = Math.max(newest, Math.min(ts, arrival));
      if (ts > arrival) ahead.set(subject, Math.max(ts, ahead.get(subject) ?? ts));
    }
    if (due === 0) return [];
    const released = this.#held.slice(0, due);
    const staying: T[] = [];
    for (let i = due; i < this.#held.length; i++) {
      const one = this.#held[i] as T;
      const older = one.ts <= newest || one.ts <= (ahead.get(one.subject) ?? newest);
      (older ? released : staying).push(one);
    }
    this.#held = staying;
    return released;
  }
}

/** By event time, then by device, then by arrival. */
export function byEventTime(a: Arrived, b: Arrived): number {
  return a.ts - b.ts || compare(a.subject.identity, b.subject.identity) || a.arrival - b.arrival;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Time by the station's clock that never goes back, whatever is done to that clock: where it is set
 * back, this one goes on from where it stood.
 */
export class ArrivalClock {
  #last: number;
  #offset: number;

  /** @param state what `state` gave before a restart */
  constructor(state: readonly [last: number, offset: number] = [0, 0]) {
    [this.#last, this.#offset] = state;
  }

  /** To be kept; from it the same instants follow for what comes after. */
  get state(): [last: number, offset: number] {
    return [this.#last, this.#offset];
  }

  get last(): number {
    return this.#last;
  }

  /** The instant of something that came at `clock` by the station's clock. */
  at(clock: number): number {
    if (clock + this.#offset < this.#last - setBackMs) this.#offset = this.#last - clock;
    this.#last = Math.max(this.#last, clock + this.#offset);
    return this.#last;
  }

  /** What the instant would be of something that came now; unlike `at` it changes nothing for what follows. */
  now(clock: number): number {
    if (clock + this.#offset < this.#last - setBackMs) this.#offset = this.#last - clock;
    return Math.max(this.#last, clock + this.#offset);
  }
}
