/** `bounded` fits into CI; `full` is what the promise is measured with. */
export type Scale = "bounded" | "full";

/** What came out of a scenario, counted in readings. Everything but the first three is to be 0. */
export interface Result {
  /** Faults that were injected. */
  readonly faults: number;
  /** Readings with a PUBACK, or on disk in an agent's outbox when it was killed. */
  readonly accepted: number;
  /** Reports of the ledger in which the books were held against their equation. */
  readonly looks: number;
  readonly missing: number;
  readonly doubled: number;
  readonly invented: number;
  /** What was wrong with the books. */
  readonly books: readonly string[];
}

/** A way in which things go wrong, with real processes. */
export interface Scenario {
  readonly name: string;
  /**
   * Why it can't run here; undefined when it can.
   * @throws Error under CI, which must run it
   */
  absent(): string | undefined;
  /**
   * Runs it and counts.
   * @param say tells how far it is
   * @throws AssertionError when the product did not do what it promises beside the counts
   */
  run(scale: Scale, say: (line: string) => void): Promise<Result>;
}

/** The results of parts that ran one after the other. */
export function sum(results: readonly Result[]): Result {
  const total = (count: (result: Result) => number): number =>
    results.reduce((all, result) => all + count(result), 0);
  return {
    faults: total(({ faults }) => faults),
    accepted: total(({ accepted }) => accepted),
    looks: total(({ looks }) => looks),
    missing: total(({ missing }) => missing),
    doubled: total(({ doubled }) => doubled),
    invented: total(({ invented }) => invented),
    books: results.flatMap(({ books }) => books),
  };
}
