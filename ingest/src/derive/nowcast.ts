/** Hours that count. */
export const nowcastHours = 12;
const leastWeight = 0.5;

/**
 * The NowCast of a kind of dust (QĐ 1459/QĐ-TCMT): means of the hours weighted by their age, the
 * faster the air changes, the more the last ones count.
 *
 * Undefined unless two of the last three hours are there. The weights are divided by their sum in the
 * case w = 1/2 too, where the Decision prints halves that add up to one only if no hour is missing.
 * @param means of the current hour, the one before, and so on; undefined where an hour is missing
 */
export function nowcast(means: readonly (number | undefined)[]): number | undefined {
  const hours = means.slice(0, nowcastHours);
  const known = hours.filter((mean) => mean !== undefined);
  if (hours.slice(0, 3).filter((mean) => mean !== undefined).length < 2) return undefined;
  const greatest = Math.max(...known);
  if (greatest === 0) return 0;
  const weight = Math.max(Math.min(...known) / greatest, leastWeight);
  let weighted = 0;
  let weights = 0;
  hours.forEach((mean, age) => {
    if (mean === undefined) return;
    weighted += weight ** age * mean;
    weights += weight ** age;
  });
  return weighted / weights;
}
