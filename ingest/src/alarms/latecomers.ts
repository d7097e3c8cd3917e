import type { Alarm } from "@kenh/schemas";
import type { Book } from "./book.ts";
import { contradicts, type LateReading } from "./late.ts";
import type { LateNote } from "./late-notes.ts";
import type { LiveAlarms } from "./live.ts";
import { onLate } from "./operate.ts";

/** Late readings of one release that are looked at more closely; a whole outbox may come late. */
const lookedAt = 100;

/** Notes late readings in the history of their alarm, each once, if they contradict what that was. */
export class Latecomers {
  readonly #book: Book;
  readonly #live: LiveAlarms;
  /** Those that are not yet durable. */
  #notes: LateNote[] = [];

  constructor(book: Book, live: LiveAlarms) {
    this.#book = book;
    this.#live = live;
  }

  get notes(): readonly LateNote[] {
    return this.#notes;
  }

  /** They are durable. */
  clear(): void {
    this.#notes = [];
  }

  /** The alarms that have a note more in their history for these readings. */
  note(late: readonly LateReading[]): Alarm[] {
    return late.slice(0, lookedAt).flatMap((one) => (one.surely && this.#note(one)) || []);
  }

  #note({ subject, rule, ts, value }: LateReading): Alarm | undefined {
    const { identity, device } = subject;
    const turn = this.#book.turnBefore(identity, rule.id, ts);
    if (!contradicts(rule, device, turn?.event === "raise", ts, value)) return undefined;
    const note = { device: identity, rule: rule.id, ts, value: String(value) };
    if (this.#knows(note)) return undefined;
    this.#notes.push(note);
    if (rule.silent || !turn) return undefined;
    const alarm = this.#live.byId(turn.alarm) ?? this.#book.current(turn.alarm);
    if (!alarm) return undefined;
    const noted = onLate(alarm, ts, typeof value === "number" ? value : null);
    this.#live.enter(noted);
    return noted;
  }

  #knows(note: LateNote): boolean {
    const { device, rule, ts } = note;
    const same = (one: LateNote): boolean =>
      one.device === device && one.rule === rule && one.ts === ts;
    return this.#notes.some(same) || this.#book.late.has(note);
  }
}
