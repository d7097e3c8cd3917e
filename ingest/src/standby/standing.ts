import * as z from "zod";

const term = z.int().positive();
const name = z.string().min(1).max(64);

/** What the broker keeps of who leads. */
export const recordSchema = z.object({
  v: z.literal(1),
  /** Grows by one with each that takes over. */
  term,
  leader: name,
  /** Where its HTTP is. */
  http: z.string(),
  /** Standbys that have on disk all that the leader has acknowledged, answered or announced. */
  inSync: z.array(name),
});
export type EngineRecord = z.infer<typeof recordSchema>;

/** What the broker says of the connection of whoever leads. */
export const leaseSchema = z.object({ v: z.literal(1), term, leader: name, alive: z.boolean() });
export type Lease = z.infer<typeof leaseSchema>;

/** What an engine knows of itself, beside its state on disk. */
export interface Member {
  readonly name: string;
  /** The term of its state; 0 before the first. */
  readonly term: number;
  /** What its folder holds: nothing yet, its own work, a copy, or half of one. */
  readonly holds: "nothing" | "own" | "copy" | "half";
}

/** What the broker has said. */
export interface View {
  readonly record: EngineRecord | undefined;
  readonly lease: Lease | undefined;
}

/** What is to be done next. */
export type Move =
  | { readonly do: "lead"; readonly term: number; readonly afterMs: number }
  | { readonly do: "follow"; readonly leader: string; readonly http: string }
  | { readonly do: "wait"; readonly why: string };

/** One that led leaves it to those in sync to go first: they may be on their way already. */
const graceMs = 2000;

/**
 * Who may lead. Nobody leads who may lack something that was acknowledged, unless a person says so:
 * the one that led last may, and those that its record names as in sync.
 */
export function nextMove({ record, lease }: View, me: Member): Move {
  if (!record) return withoutRecord(me);
  const { term, leader, http, inSync } = record;
  if (me.term > term) {
    return wait(
      `this folder is of term ${me.term} and the broker knows term ${term} only: start the engine whose folder is the newest with --take-over`,
    );
  }
  // One that has just taken over says that it lives right after its record.
  const isAlive = !lease || lease.term < term || lease.alive;
  if (leader === me.name) {
    // A beginning that was cut short has left the record, and not yet a word of it here.
    if (me.term >= term - 1 && (me.holds === "own" || me.holds === "copy"))
      return lead(term + 1, inSync.length > 0 ? graceMs : 0);
    return wait(
      `the last leader had this one's name, ${leader}, and another folder: start it there, or here with --take-over`,
    );
  }
  if (isAlive) return { do: "follow", leader, http };
  if (inSync.includes(me.name) && me.holds === "copy" && me.term === term) {
    return lead(term + 1, 0);
  }
  return wait(
    `${leader} led last, is away, and may have what this one lacks: start it, or this one with --take-over`,
  );
}

function withoutRecord({ term, holds }: Member): Move {
  if (holds === "nothing") return lead(1, graceMs);
  if (holds === "own") return lead(term + 1, 0);
  return wait(
    "the broker has forgotten who led: start that one, or this one with --take-over; a broker that keeps retained messages on disk forgets nothing",
  );
}

const lead = (term: number, afterMs: number): Move => ({ do: "lead", term, afterMs });
const wait = (why: string): Move => ({ do: "wait", why });
