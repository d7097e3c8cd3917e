/** Waits until one of the promises settles, and never longer than `ms`. */
export async function within(ms: number, promises: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([...promises, enough]);
  } finally {
    clearTimeout(timer);
  }
}
