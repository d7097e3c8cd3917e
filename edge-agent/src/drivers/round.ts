import type { DriverSample, Report } from "../driver.ts";

/** One of several devices behind one bus, and how long it has been silent. */
export interface Party {
  /** For people: `unit 7`, `sensor 0`. */
  readonly name: string;
  /** Rounds in which it was silent, one after the other. */
  silences: number;
  /** On the clock of `performance.now()`. */
  askAgainAt: number;
}

/** What a party gave in one round; what could not be read is flagged in the samples. */
export interface Answer {
  readonly samples: readonly DriverSample[];
  /** Something of it was heard, if only a refusal. */
  readonly answered: boolean;
  /** Why it fell silent, if it did. */
  readonly silent?: Error;
}

export interface RoundOptions {
  /** Of the bus. */
  readonly name: string;
  /** What to try when a party is silent. */
  readonly wayOut: string;
  /** A silent party is passed over for this long, doubled each time … */
  readonly silentBaseMs: number;
  /** … up to this. */
  readonly silentMaxMs: number;
}

/**
 * Asks each party that is due, one after the other. Who has just fallen silent is asked once more
 * after the others, so that a disturbance of a moment costs nothing; who stays silent is told once
 * and passed over for ever longer, so that it does not stall the others.
 * @throws Error when nobody answers, and what `ask` throws.
 */
export async function* round<P extends Party>(
  parties: readonly P[],
  ask: (party: P) => Promise<Answer>,
  options: RoundOptions,
  report: Report,
): AsyncGenerator<DriverSample> {
  const due = parties.filter(({ askAgainAt }) => askAgainAt <= performance.now());
  const silent = new Map<P, Answer>();
  let answered = 0;

  async function* hear(party: P): AsyncGenerator<DriverSample> {
    const answer = await ask(party);
    if (answer.answered) answered += 1;
    if (answer.silent) silent.set(party, answer);
    else {
      silent.delete(party);
      party.silences = 0;
      yield* answer.samples;
    }
  }

  for (const party of due) yield* hear(party);
  const newlySilent = [...silent.keys()].filter(({ silences }) => silences === 0);
  for (const party of newlySilent) yield* hear(party);

  if (due.length > 0 && answered === 0) {
    const each = [...silent].map(([{ name }, answer]) => `${name}: ${answer.silent?.message}`);
    throw new Error(`${options.name}: nobody answers (${each.join("; ")}); ${options.wayOut}`, {
      cause: [...silent.values()][0]?.silent,
    });
  }
  for (const [party, answer] of silent) {
    party.silences += 1;
    const pauseMs = options.silentBaseMs * 2 ** Math.min(party.silences - 1, 30);
    party.askAgainAt = performance.now() + Math.min(pauseMs, options.silentMaxMs);
    if (party.silences === 1)
      report({ at: party.name, reason: `${answer.silent?.message}; ${options.wayOut}` });
    yield* answer.samples;
  }
}
