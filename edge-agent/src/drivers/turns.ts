const last = new Map<string, Promise<unknown>>();

/**
 * Lets one task at a time speak on a bus, across all the drivers of this process that share it;
 * first come, first served.
 */
export function inTurn<T>(bus: string, task: () => Promise<T>): Promise<T> {
  const mine = (last.get(bus) ?? Promise.resolve()).then(task, task);
  last.set(bus, mine);
  const leave = (): void => {
    if (last.get(bus) === mine) last.delete(bus);
  };
  mine.then(leave, leave);
  return mine;
}
