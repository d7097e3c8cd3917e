import { type Logger, pino } from "pino";

/** JSON lines on standard error; standard output is for answers. */
export function loggerOf(name: string): Logger {
  return pino({ name, level: process.env.KENH_LOG ?? "info" }, pino.destination(2));
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.off(signal, stop);
        process.once(signal, () => process.exit(1));
      }
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  });
}
