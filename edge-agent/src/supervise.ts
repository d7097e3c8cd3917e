import { type Clock, type Identity, isIdentity, sampleSchema } from "@kenh/schemas";
import { type BackoffBounds, backoffMs } from "./backoff.ts";
import type { DriverSample, PreparedDriver, Report } from "./driver.ts";
import type { Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import { sleep } from "./sleep.ts";
import type { Transform } from "./transform.ts";
import { within } from "./within.ts";

export type DriverState = "starting" | "working" | "failing" | "finished" | "stopped";

/** How a driver is doing, at the moment of reading: it moves on. Times in milliseconds since 1970 UTC. */
export interface DriverHealth {
  readonly state: DriverState;
  readonly since: number;
  readonly samples: number;
  readonly restarts: number;
  /** Places in the source that could not be read. */
  readonly unreadable: number;
  /** Samples that no message may carry; they are left out. */
  readonly invalid: number;
  readonly lastError?: string;
}

export interface SuperviseOptions {
  readonly name: string;
  /** Whose samples are those that name no device. */
  readonly device: Identity;
  readonly driver: PreparedDriver;
  /** Makes what its samples pass before the outbox; there every sample names its device. */
  readonly pipe: (report: Report) => Transform;
  readonly outbox: Pick<Outbox, "accept">;
  readonly backoff: BackoffBounds;
  readonly now: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Called at each change of state, and for each device when its first sample comes. */
  readonly onHealth: (health: DriverHealth, devices: ReadonlySet<Identity>) => void;
}

/** Lines about single places in a source before a driver's log says no more of them. */
const loggedPlaces = 20;
/** A driver that does not let go is left behind after this. */
const letGoMs = 2000;

/**
 * Runs a driver until the signal aborts or its source ends, and restarts it when it throws, ever
 * more slowly until it yields again. Never rejects: what a driver throws stays here.
 */
export async function supervise(options: SuperviseOptions, signal: AbortSignal): Promise<void> {
  const { name, device, driver, outbox, now, log, onHealth } = options;
  const devices = new Set<Identity>([device]);
  // One object for as long as the driver runs: counts go up without a change of state to tell.
  const health: { -readonly [key in keyof DriverHealth]: DriverHealth[key] } = {
    state: "starting",
    since: now(),
    samples: 0,
    restarts: 0,
    unreadable: 0,
    invalid: 0,
  };
  const say = (change: Partial<DriverHealth>): void => {
    if (change.state && change.state !== health.state) health.since = now();
    Object.assign(health, change);
    onHealth(health, devices);
  };
  const report: Report = ({ at, reason }) => {
    health.unreadable += 1;
    if (health.unreadable <= loggedPlaces)
      log.warn({ driver: name, at }, `can't be read: ${reason}`);
    if (health.unreadable === loggedPlaces)
      log.warn({ driver: name }, "more that can't be read is counted only");
  };
  const refuse = (reason: string): void => {
    health.invalid += 1;
    log.error({ driver: name, invalid: health.invalid }, `a sample was left out: ${reason}`);
  };

  const pipe = options.pipe(report);

  async function take({ device: target = device, urgent, ...raw }: DriverSample): Promise<void> {
    const sample = sampleSchema.safeParse(raw);
    if (!sample.success || !isIdentity(target)) {
      refuse(sample.error?.message ?? `${JSON.stringify(target)} is no identity`);
      return;
    }
    for (const step of pipe({ device: target, ...sample.data, ...(urgent && { urgent }) })) {
      const { device: to = target, urgent: first = false, ...accepted } = step;
      try {
        await outbox.accept(to, accepted, { urgent: first, patient: driver.waits });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        refuse(error.message);
        return;
      }
      health.samples += 1;
    }
    const first = !devices.has(target);
    devices.add(target);
    if (first || health.state !== "working") say({ state: "working" });
  }

  let failures = 0;
  onHealth(health, devices);
  while (!signal.aborted) {
    const attempt = new AbortController();
    const abort = () => attempt.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      const iterator = driver.run(attempt.signal, report)[Symbol.asyncIterator]();
      // One listener for the whole run: racing a promise that lives on would keep every step alive.
      let stop = (): void => {};
      attempt.signal.addEventListener("abort", () => stop(), { once: true });
      try {
        for (;;) {
          const step = await new Promise<IteratorResult<DriverSample>>((resolve, reject) => {
            stop = () => resolve({ done: true, value: undefined });
            if (attempt.signal.aborted) stop();
            else iterator.next().then(resolve, reject);
          });
          if (step.done) break;
          await take(step.value);
          failures = 0;
        }
      } finally {
        attempt.abort();
        await letGo(iterator);
      }
      if (!signal.aborted) {
        say({ state: "finished" });
        log.info(
          { driver: name, samples: health.samples, unreadable: health.unreadable },
          "the source has come to its end",
        );
        return;
      }
    } catch (error) {
      if (signal.aborted) break;
      const lastError = error instanceof Error ? error.message : String(error);
      const wait = backoffMs(failures, options.backoff, options.random);
      failures += 1;
      say({ state: "failing", lastError, restarts: health.restarts + 1 });
      log.warn({ driver: name, err: error, retryInMs: wait }, "the driver failed");
      await sleep(wait, signal);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
  say({ state: "stopped" });
}

/** Lets the driver close what it holds, for as long as is decent. */
async function letGo(iterator: AsyncIterator<DriverSample>): Promise<void> {
  const closing = Promise.resolve(iterator.return?.()).catch(() => {});
  await within(letGoMs, [closing]);
}
