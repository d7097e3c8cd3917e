import { numberOf } from "../number.ts";

/** A variable that is not to be believed, and why. */
export type Doubted = readonly [variable: string, reason: string];

/** The variables of one answer, as checks that hold them against each other look at them. */
export interface Dump {
  /** Undefined when there is none, or it is no number. */
  value(name: string): number | undefined;
  text(name: string): string;
  /** Whether the status has one of the words. */
  says(...words: string[]): boolean;
  /** On line, and nothing says otherwise. */
  readonly onLine: boolean;
  /** Whether there should be a voltage at the output. */
  readonly feeds: boolean;
}

/** Takes the variables of one answer. */
export function dumpOf(variables: ReadonlyMap<string, string>): Dump {
  const text = (name: string): string => variables.get(name) ?? "";
  const words = new Set(text("ups.status").split(/\s+/));
  const says = (...some: string[]): boolean => some.some((word) => words.has(word));
  const onLine = says("OL") && !says("OB");
  return {
    value: (name) => numberOf(variables.get(name)),
    text,
    says,
    onLine,
    feeds: !says("OFF") && (onLine || says("OB")),
  };
}

/** Distance of a value from its reference, as a share of the reference. */
export function off(value: number, reference: number): number {
  // The margin takes off what binary arithmetic adds: 253 of 230 is 0.1, not 0.10000000000000009.
  return Math.abs(value - reference) / reference + 1e-9;
}
