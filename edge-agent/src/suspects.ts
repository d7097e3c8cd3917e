/** Lost connections with a message on its way, alone after the first, before it is set aside. */
const patience = 3;
/** First wait of a suspect before it is tried alone, doubled after each failure. */
const probeBaseMs = 30_000;
const probeMaxMs = 3600_000;
/** Suspects remembered; beyond them the first is forgiven and tried like any other. */
const maxRemembered = 10_000;

interface Suspicion {
  failures: number;
  /** When it may be tried again, alone. */
  dueAt: number;
}

/**
 * Messages that were on their way when the connection broke. Over the next one they go one at a
 * time, so that those who came through are cleared at once and the one that breaks it stands alone;
 * that one is set aside for a while, and can't hold up the rest. Nothing is thrown away here.
 */
export class Suspects {
  readonly #suspicions = new Map<number, Suspicion>();

  /** The connection broke with these on their way. */
  blame(ids: Iterable<number>, now: number): void {
    for (const id of ids) {
      const failures = (this.#suspicions.get(id)?.failures ?? 0) + 1;
      const wait = Math.min(probeMaxMs, probeBaseMs * 2 ** Math.min(failures - patience, 10));
      this.#suspicions.delete(id);
      this.#suspicions.set(id, { failures, dueAt: failures < patience ? now : now + wait });
    }
    for (const id of this.#suspicions.keys()) {
      if (this.#suspicions.size <= maxRemembered) break;
      this.#suspicions.delete(id);
    }
  }

  clear(id: number): void {
    this.#suspicions.delete(id);
  }

  /** Whether it is to be tried alone. */
  has(id: number): boolean {
    return this.#suspicions.has(id);
  }

  /** One that may be tried now, alone. */
  due(now: number): number | undefined {
    for (const [id, { dueAt }] of this.#suspicions) {
      if (dueAt <= now) return id;
    }
    return undefined;
  }

  /** How many are set aside. */
  get count(): number {
    let count = 0;
    for (const { failures } of this.#suspicions.values()) if (failures >= patience) count += 1;
    return count;
  }
}
