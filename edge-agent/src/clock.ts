import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import type { ClockState, ClockTrust } from "./clock-trust.ts";
import type { AgentConfig } from "./config.ts";
import { defaults } from "./defaults.ts";
import type { Log } from "./log.ts";
import { sleep } from "./sleep.ts";
import { askTime } from "./time-server.ts";

export interface ClockOptions {
  readonly config: AgentConfig["clock"];
  readonly trust: ClockTrust;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly log: Log;
  readonly onChange: (state: ClockState) => void;
}

/** systemd-timesyncd makes it when the clock is set for the first time since the system started. */
const synchronisedFile = "/run/systemd/timesync/synchronized";

/**
 * Looks after the clock until the signal aborts: asks the system whether it is synchronised and, if
 * one is configured, a time server how far off it is. Never rejects.
 */
export async function watchClock(options: ClockOptions, signal: AbortSignal): Promise<void> {
  const { config, trust, now, monotonic, log } = options;
  let state: ClockState = trust.state;
  let complained = false;
  trust.observe(now(), monotonic());
  if (existsSync(synchronisedFile)) trust.told(true);
  while (!signal.aborted) {
    trust.observe(now(), monotonic());
    trust.told(await kernelSynchronised(signal));
    if (config.server !== undefined) {
      try {
        const timeoutMs = defaults.clock.timeoutMs;
        trust.measured(await askTime(config.server, { now, timeoutMs, signal }));
        complained = false;
      } catch (error) {
        if (!signal.aborted && !complained) log.warn({ err: error }, "the clock can't be measured");
        complained = true;
      }
    }
    if (trust.state !== state) {
      state = trust.state;
      const known = { clock: state, offsetMs: trust.offsetMs };
      if (trust.doubted) log.warn(known, "the clock is in doubt: set it, or check its source");
      else log.info(known, "the clock");
      options.onChange(state);
    }
    await sleep(defaults.clock.checkEveryMs, signal);
  }
}

/** What the kernel knows from whatever sets the clock; undefined where nobody can be asked. */
function kernelSynchronised(signal: AbortSignal): Promise<boolean | undefined> {
  const property = ["show", "--property=NTPSynchronized", "--value"];
  return new Promise((resolve) => {
    execFile("timedatectl", property, { timeout: 5000, signal }, (error, stdout) => {
      const said = stdout.trim();
      resolve(error || !/^(yes|no)$/.test(said) ? undefined : said === "yes");
    });
  });
}
