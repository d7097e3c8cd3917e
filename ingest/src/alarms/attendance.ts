import type { ArrivalClock } from "./order.ts";

/** A station that has done nothing for so long was not there to listen; or somebody has set its clock. */
const absentMs = 10_000;

/** A stretch of arrival time in which the station was away: what its devices sent then comes after it. */
export interface Absence {
  readonly from: number;
  readonly until: number;
}

/** When the station was there, and when it was not. */
export class Attendance {
  readonly #clock: ArrivalClock;
  readonly #openedAt: number;
  /** When something last arrived before the start, by arrival time. */
  #leftAt: number;
  /** When the station last did something, by its clock. */
  #aliveAt: number;

  constructor(clock: ArrivalClock, openedAt: number) {
    this.#clock = clock;
    this.#openedAt = openedAt;
    this.#leftAt = clock.last;
    this.#aliveAt = openedAt;
  }

  /** A message is fed, again perhaps, before anything else has been done. */
  fed(receivedAt: number, arrival: number): void {
    this.#aliveAt = Math.max(this.#aliveAt, receivedAt);
    if (receivedAt <= this.#openedAt) this.#leftAt = arrival;
  }

  /** What was missed before the start; nothing where it was up again within `latenessMs`. */
  beforeStart(latenessMs: number): Absence | undefined {
    const opened = this.#openedAt + this.#clock.state[1];
    if (Math.abs(opened - this.#leftAt) <= latenessMs) return undefined;
    return { from: this.#leftAt, until: Math.max(this.#leftAt, opened) };
  }

  /** The station does something at `now`; gives what it has missed since it last did. */
  at(now: number): Absence | undefined {
    const before = this.#aliveAt;
    this.#aliveAt = now;
    if (Math.abs(now - before) <= absentMs) return undefined;
    return { from: this.#clock.now(before), until: this.#clock.now(now) };
  }
}
