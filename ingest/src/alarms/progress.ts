import type { Fed } from "./assess.ts";
import type { Book } from "./book.ts";
import type { Cut } from "./judged.ts";
import type { ArrivalClock, Hold } from "./order.ts";
import { rowOf, type Subject, type SubjectRow, type Subjects } from "./subjects.ts";

/** A reading on its way through the hold, with where it stands in the spool; 0 where it is in none. */
export interface HeldReading extends Fed {
  readonly position: number;
  readonly index: number;
}

interface ProgressParts {
  readonly book: Book;
  readonly subjects: Subjects;
  readonly hold: Hold<HeldReading>;
  readonly clock: ArrivalClock;
}

/** Before anything was fed. */
export const nothingFed: Cut = { position: 0, held: {}, clock: [0, 0] };

/** How far the rows of the spool are fed, and how far that is written in the book. */
export class Progress {
  /** The last row that was fed for the first time. */
  position: number;
  readonly #parts: ProgressParts;
  readonly #restored: Cut;
  #written: number;
  #fedTo: number;
  /** The cut that a round of the checkpoint began with, and the subjects that it has still to write. */
  #round: { readonly here: Cut; readonly left: Subject[] } | undefined;

  constructor(parts: ProgressParts, restored: Cut) {
    this.#parts = parts;
    this.#restored = restored;
    this.position = restored.position;
    this.#written = firstNeeded(restored) - 1;
    this.#fedTo = this.#written;
  }

  /** Rows up to here need not be fed again. */
  get written(): number {
    return this.#written;
  }

  /** Whether all that is in the book has been fed again. */
  get isCaughtUp(): boolean {
    return this.#fedTo >= this.position;
  }

  /** Whether a round of the checkpoint is under way. */
  get inRound(): boolean {
    return this.#round !== undefined;
  }

  /** Takes a row; false where it has been fed. */
  takes(row: number): boolean {
    if (row <= this.#fedTo) return false;
    this.#fedTo = row;
    return true;
  }

  /** What of a row was still held when the book was written; undefined for one that is new to it. */
  heldOf(row: number): readonly number[] | undefined {
    return row <= this.#restored.position ? (this.#restored.held[row] ?? []) : undefined;
  }

  /**
   * Writes what has changed, for about `ms`. The cut is written when all that was dirty at its instant
   * is: a subject that is written later than that knows more than the cut says, as after a transition,
   * and passes over what is fed to it again.
   * @returns whether there is more of it to write
   */
  checkpoint(ms: number): boolean {
    const { book, subjects, hold } = this.#parts;
    if (!this.#round && subjects.dirty.size + hold.size === 0) {
      this.#written = this.position;
      return false;
    }
    this.#round ??= { here: this.#here(), left: [...subjects.dirty] };
    const { here, left } = this.#round;
    const end = performance.now() + ms;
    const written = new Set<Subject>();
    let from = left.length;
    // What takes longest is to write a row, not to make it: each is made when the one before is written.
    function* rows(): Generator<SubjectRow> {
      for (; from > 0 && performance.now() < end; from--) {
        const subject = left[from - 1] as Subject;
        // A transition may have written it meanwhile.
        if (!subject.dirty || written.has(subject)) continue;
        for (const one of subjects.together(subject)) {
          written.add(one);
          yield rowOf(one);
        }
      }
    }
    book.checkpoint(rows(), () => (from === 0 ? here : undefined));
    for (const subject of written) subjects.clean(subject);
    left.length = from;
    const whole = from === 0;
    if (!whole) return true;
    this.#written = firstNeeded(here) - 1;
    this.#round = undefined;
    return false;
  }

  #here(): Cut {
    const { hold, clock } = this.#parts;
    const held: Record<number, number[]> = {};
    for (const { position: row, index, ts, arrival } of hold.held) {
      if (row === 0) continue;
      held[row] ??= [];
      held[row].push(index, ts, arrival);
    }
    return { position: this.position, held, clock: clock.state };
  }
}

function firstNeeded({ position, held }: Cut): number {
  return Math.min(position + 1, ...Object.keys(held).map(Number));
}
