import type { Alarm, AlarmTransition } from "@kenh/schemas";
import type { Book } from "./book.ts";
import { contradicts, type LateReading } from "./late.ts";
import type { LateNote } from "./late-notes.ts";
import type { LiveAlarms } from "./live.ts";
import { onLate } from "./operate.ts";
import type { Turn } from "./turns.ts";

/** Late readings of one release that are looked at more closely; a whole outbox may come late. */
const lookedAt = 100;
const turning: readonly string[] = ["raise", "escalate", "de-escalate", "clear"];

/** Notes late readings in the history of their alarm, each once, if they would have changed it. */
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

  /**
   * Adds to the transitions that are to be written those that note these readings.
   * @param unwritten what the book does not have yet, in order
   */
  note(late: readonly LateReading[], unwritten: Alarm[]): void {
    for (const one of late.slice(0, lookedAt)) {
      const noted = one.surely && this.#note(one, unwritten);
      if (noted) unwritten.push(noted);
    }
  }

  #note({ subject, rule, ts, value }: LateReading, unwritten: readonly Alarm[]): Alarm | undefined {
    const { identity, device, plan, states } = subject;
    const { before, next } = this.#turns(identity, rule.id, ts, unwritten);
    const index = plan.indexOf.get(rule.id);
    const levels = index === undefined ? undefined : states[index]?.levels;
    const since = levels?.map((held) => held.since) ?? [];
    const around = { level: before?.level ?? null, next, since };
    const what = contradicts(rule, device, around, ts, value);
    if (what === null) return undefined;
    const note = { device: identity, rule: rule.id, ts, value: String(value) };
    if (this.#knows(note)) return undefined;
    this.#notes.push(note);
    const id = what === "turning" && before?.level == null ? next?.alarm : before?.alarm;
    if (rule.silent || id === undefined) return undefined;
    const last = unwritten.findLast((one) => one.id === id);
    const alarm = this.#live.byId(id) ?? last ?? this.#book.current(id);
    if (!alarm) return undefined;
    const noted = onLate(alarm, ts, typeof value === "number" ? value : null);
    this.#live.enter(noted);
    return noted;
  }

  /** The last turn of a rule's condition up to an instant, and the first one after it. */
  #turns(device: Alarm["device"], rule: string, ts: number, unwritten: readonly Alarm[]) {
    let before = this.#book.turns.before(device, rule, ts);
    let next = this.#book.turns.after(device, rule, ts);
    for (const alarm of unwritten) {
      if (alarm.device !== device || alarm.rule !== rule) continue;
      const { at, event } = alarm.history.at(-1) as AlarmTransition;
      if (!turning.includes(event)) continue;
      const turn: Turn = { alarm: alarm.id, at, level: alarm.level ?? null };
      if (at > ts) next = next && next.at <= at ? next : turn;
      else if (!before || before.at <= at) before = turn;
    }
    return { before, next };
  }

  #knows(note: LateNote): boolean {
    const { device, rule, ts } = note;
    const same = (one: LateNote): boolean =>
      one.device === device && one.rule === rule && one.ts === ts;
    return this.#notes.some(same) || this.#book.late.has(note);
  }
}
