import type { Clock } from "@kenh/schemas";
import type { DriverSample } from "../../driver.ts";
import type { Board } from "./board.ts";
import type { Condition } from "./condition.ts";
import { pause } from "./deadline.ts";
import { RefusedError } from "./login.ts";

const backoffBaseMs = 1000;
const backoffMaxMs = 60_000;
/** A camera's time that differs more from the arrival says more of its clock than of the event. */
const trustedMs = 10_000;

/** A lasting source of conditions: a pull-point, an alert stream. */
export interface Feed {
  readonly name: string;
  /** Opens it anew; throws when it is lost. Each batch, the empty ones too, says that it lives. */
  open(signal: AbortSignal): AsyncIterable<readonly Condition[]>;
}

export interface FollowOptions {
  readonly board: Board;
  readonly now: Clock;
  readonly random: () => number;
  /** From a refused login to the next try. */
  readonly refusedRetryMs: number;
  /** Takes the samples that the conditions make. */
  readonly put: (sample: DriverSample) => void;
  /** Told once each time that the feed is lost. */
  readonly report: (reason: string) => void;
  readonly signal: AbortSignal;
}

/** Follows a feed until the signal aborts, and opens it again, ever more slowly, at any fault. */
export async function follow(feed: Feed, options: FollowOptions): Promise<void> {
  const { board, now, signal } = options;
  let failures = 0;
  while (!signal.aborted) {
    let wait = 0;
    try {
      for await (const conditions of feed.open(signal)) {
        failures = 0;
        for (const condition of conditions) {
          const values = board.note(feed.name, condition);
          if (values) options.put({ ts: timeOf(condition, now()), values, urgent: true });
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (failures === 0) options.report(error instanceof Error ? error.message : String(error));
      if (error instanceof RefusedError) wait = options.refusedRetryMs;
    }
    const qc = board.forget(feed.name);
    if (Object.keys(qc).length > 0) options.put({ ts: now(), values: {}, qc });
    const bound = Math.min(backoffMaxMs, backoffBaseMs * 2 ** Math.min(failures, 10));
    failures += 1;
    await pause(Math.max(wait, bound * (0.5 + options.random() / 2)), signal);
  }
}

function timeOf({ at }: Condition, now: number): number {
  return at !== undefined && Math.abs(at - now) <= trustedMs ? at : now;
}
