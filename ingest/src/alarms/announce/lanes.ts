/**
 * Works on items, at most `most` at once, and on those of one lane one after the other in their
 * order. After the first failure nothing more is begun; what is under way comes to its end.
 * @throws what the first failure was
 */
export async function inLanes<T>(
  items: readonly T[],
  most: number,
  laneOf: (item: T) => string,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const lanes = [...Map.groupBy(items, laneOf).values()];
  const failures: unknown[] = [];
  async function follow(): Promise<void> {
    for (let lane = lanes.shift(); lane; lane = lanes.shift()) {
      for (const item of lane) {
        if (failures.length > 0) return;
        await work(item).catch((error: unknown) => failures.push(error));
      }
    }
  }
  await Promise.all(Array.from({ length: most }, follow));
  if (failures.length > 0) throw failures[0];
}
