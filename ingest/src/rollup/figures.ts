import { type FieldType, type Flag, flags, type Value } from "@kenh/schemas";

/** What a window says of one quantity. */
export interface Figures {
  /** Readings that count: those with a value and one of the flags 1, 2 and 3. */
  readonly count: number;
  /** Of the readings that count; null where none does, and of texts and states. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** The latest reading that counts. */
  readonly last: Value | null;
  /** The greatest flag of all readings, those that don't count among them. */
  readonly worst: Flag;
}

/**
 * Whether a reading counts in the figures of a window. Failed (4) and missing (9) never do; suspect (3)
 * does: the crest of a flood is suspect by its rise, and `worst` says so beside the figures.
 */
function counts(value: Value | null, flag: Flag): value is Value {
  return value !== null && flag <= flags.suspect;
}

/** Whether windows of this type have a least, a greatest and a mean; others have a count, a last value and a flag. */
export function isNumeric(type: FieldType): boolean {
  return type === "float" || type === "integer";
}

/** Gathers readings, or the figures of shorter windows, of one quantity in order of time. */
export class Tally {
  #count = 0;
  #numbers = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #last: Value | null = null;
  #worst: Flag = flags.pass;
  /** Figures that nothing was added to are given as they came: a mean made of itself may differ in its last bit. */
  #only: Figures | undefined;
  #parts = 0;

  add(value: Value | null, flag: Flag): void {
    this.#parts++;
    if (flag > this.#worst) this.#worst = flag;
    if (!counts(value, flag)) return;
    this.#count++;
    this.#last = value;
    if (typeof value !== "number") return;
    this.#numbers++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  addFigures(figures: Figures): void {
    this.#only = this.#parts++ === 0 ? figures : undefined;
    const { count, min, max, mean, last, worst } = figures;
    if (worst > this.#worst) this.#worst = worst;
    if (count === 0) return;
    this.#count += count;
    this.#last = last;
    if (mean !== null) {
      this.#numbers += count;
      this.#sum += mean * count;
    }
    if (min !== null && min < this.#min) this.#min = min;
    if (max !== null && max > this.#max) this.#max = max;
  }

  /** Readings of any flag, or figures, that were added. */
  get parts(): number {
    return this.#parts;
  }

  figures(): Figures {
    if (this.#only && this.#parts === 1) return this.#only;
    return {
      count: this.#count,
      min: Number.isFinite(this.#min) ? this.#min : null,
      max: Number.isFinite(this.#max) ? this.#max : null,
      mean: this.#numbers > 0 ? this.#sum / this.#numbers : null,
      last: this.#last,
      worst: this.#worst,
    };
  }
}
