import type { Logger } from "pino";

/** At least this often it is looked at the clock: an operator counts in minutes. */
const tickMs = 1000;

export interface RunParts {
  readonly tick: () => void;
  /** In how many milliseconds something is due; for ever where nothing is. */
  readonly due: () => number;
  readonly log: Pick<Logger, "error">;
}

/** Ticks when something is due. */
export function runAlarms({ tick, due, log }: RunParts) {
  let timer: NodeJS.Timeout | undefined;
  let at = Number.POSITIVE_INFINITY;
  let running = false;

  function schedule(ms: number): void {
    clearTimeout(timer);
    at = performance.now() + ms;
    timer = setTimeout(work, ms);
  }

  function work(): void {
    try {
      tick();
    } catch (error) {
      log.error({ err: error }, "what is due of the alarms can't be written; it is tried again");
    }
    if (running) schedule(Math.min(tickMs, Math.max(1, due())));
  }

  return {
    /** Something may be due earlier than was thought. */
    wake(): void {
      if (!running) return;
      const ms = Math.max(1, due());
      if (performance.now() + ms < at - 1) schedule(ms);
    },
    async run(signal: AbortSignal): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) return;
      running = true;
      work();
      await promise;
      running = false;
      clearTimeout(timer);
    },
  };
}
