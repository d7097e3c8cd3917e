/** How often the draft is right. */
export interface Score {
  /** Points that the files hold. */
  expected: number;
  /** Proposed with the right quantity and value. */
  right: number;
  /** Proposed otherwise, or where there is nothing. */
  wrong: number;
}

/** Right of what is proposed, and right of what is there. */
export const precision = ({ right, wrong }: Score): number => right / Math.max(1, right + wrong);
export const recall = ({ right, expected }: Score): number => right / Math.max(1, expected);

/** The scores of several kinds. */
export class Scores {
  readonly kinds = new Map<string, Score>();
  /** What went wrong, for the reader of a failed test. */
  readonly faults: string[] = [];

  of(kind: string): Score {
    const score = this.kinds.get(kind) ?? { expected: 0, right: 0, wrong: 0 };
    this.kinds.set(kind, score);
    return score;
  }

  /** The table as a person reads it. */
  lines(): string[] {
    const share = (value: number): string => value.toFixed(3).padStart(7);
    return [
      `${"kind".padEnd(24)} points  right  wrong  precision  recall`,
      ...[...this.kinds].map(
        ([kind, score]) =>
          `${kind.padEnd(24)} ${String(score.expected).padStart(6)} ${String(score.right).padStart(6)} ${String(score.wrong).padStart(6)}    ${share(precision(score))} ${share(recall(score))}`,
      ),
    ];
  }
}
