import type { QuarantineReason } from "@kenh/schemas";

/** A JSON object whose names and values are yet to be judged. */
export type Bag = Record<string, unknown>;
export const isBag = (value: unknown): value is Bag =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What of a message can't be stored, for one reason. */
export interface Reject {
  readonly reason: QuarantineReason;
  /** Of the first reading concerned: its name, its value, the way out. */
  readonly detail: string;
  readonly readings: number;
  /** The part of the payload concerned, in a form that can be sent again; undefined for all of it. */
  readonly part: unknown;
}

/** What of a sample is rejected: readings by name, or all of it. */
interface Part {
  readonly sample: unknown;
  readonly names: string[] | undefined;
}

/** Readings rejected for one reason. */
interface Rejected {
  readonly detail: string;
  readings: number;
  readonly parts: Part[];
}

/** Rejected readings, gathered by reason, in a form that can be sent again. */
export class Rejects {
  #byReason: Map<QuarantineReason, Rejected> | undefined;
  readonly #envelope: Bag | null;

  constructor(envelope: Bag | null) {
    this.#envelope = envelope;
  }

  add(reason: QuarantineReason, detail: string, readings: number, sample: unknown): void {
    const found = this.#of(reason, () => detail);
    found.readings += readings;
    found.parts.push({ sample, names: undefined });
  }

  /** One reading of a sample; consecutive ones of the same sample and reason share a part. */
  addReading(reason: QuarantineReason, detail: () => string, sample: Bag, name: string): void {
    const found = this.#of(reason, detail);
    found.readings++;
    const last = found.parts.at(-1);
    if (last?.sample === sample && last.names) last.names.push(name);
    else found.parts.push({ sample, names: [name] });
  }

  /** @param all nothing of the message is good: rejected for one reason, it is kept as it came */
  list(all: boolean): readonly Reject[] {
    if (!this.#byReason) return noRejects;
    const asItCame = all && this.#byReason.size === 1;
    return [...this.#byReason].map(([reason, { detail, readings, parts }]) => ({
      reason,
      detail: readings > 1 ? `${detail} (first of ${readings})` : detail,
      readings,
      part: asItCame ? undefined : this.#sendable(parts.map(partOf)),
    }));
  }

  #sendable(samples: readonly unknown[]): unknown {
    return this.#envelope ? { ...this.#envelope, samples } : samples;
  }

  #of(reason: QuarantineReason, detail: () => string): Rejected {
    this.#byReason ??= new Map();
    const found = this.#byReason.get(reason);
    if (found) return found;
    const made = { detail: detail(), readings: 0, parts: [] };
    this.#byReason.set(reason, made);
    return made;
  }
}

function partOf({ sample, names }: Part): unknown {
  if (!names) return sample;
  const { ts, values, qc } = sample as Bag;
  const flags = pick(qc, names);
  return { ts, values: pick(values, names), ...(Object.keys(flags).length > 0 && { qc: flags }) };
}

/** Own properties by name, whatever the names are: `__proto__` too. */
function pick(from: unknown, names: readonly string[]): Bag {
  if (!isBag(from)) return {};
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]),
  );
}

const noRejects: readonly Reject[] = [];
