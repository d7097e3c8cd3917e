import { type Flag, flags } from "@kenh/schemas";

/**
 * Judges the values of one quantity of one device, in the order in which they come: 1 it passed,
 * 3 suspect, 4 it fails, 2 this check has nothing to judge it by. May keep state from value to value.
 */
export type Judge = (ts: number, value: number) => Flag;

/** From not judged to missing. */
const order: readonly Flag[] = [
  flags.notEvaluated,
  flags.pass,
  flags.suspect,
  flags.fail,
  flags.missing,
];

/** The flag that stands when several were given: what one has found is not improved by another. */
export function worst(found: readonly Flag[]): Flag {
  return found.reduce<Flag>(
    (worse, flag) => (order.indexOf(flag) > order.indexOf(worse) ? flag : worse),
    flags.notEvaluated,
  );
}
