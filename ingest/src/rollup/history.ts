import { statSync } from "node:fs";
import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import type { Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import { Gauge, type Registry as Metrics } from "prom-client";
import type { Registry } from "../registry.ts";
import type { Store } from "../stores/store.ts";
import { createKeeper, type Keeper, Retention } from "./retention.ts";
import { readRetention } from "./retention-file.ts";
import { openRollup, type Rollup } from "./rollup.ts";

export interface HistoryParts {
  /** The station's folder: `retention.yaml` and `rollup.db`. */
  readonly folder: string;
  /** How long readings are kept where the file says nothing of it; 0 for ever. */
  readonly rawDays: number;
  readonly registry: Pick<Registry, "find" | "all" | "catalogue">;
  readonly store: Store;
  readonly now: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly metrics: Metrics;
  /** Where a new file begins in the spool. */
  readonly after: number;
}

/** What becomes of readings in time: rolled up, and deleted when they are too old. */
export interface History {
  readonly retention: Retention;
  readonly rollup: Rollup;
  readonly keeper: Keeper;
  /** Rolls up, deletes and follows the file until the signal aborts. */
  run(delivered: () => number, signal: AbortSignal): Promise<void>;
  /** Idempotent. */
  close(): void;
}

/** Measurements of the station's own words: they are kept as long as readings, and not rolled up. */
const ownMeasurements = ["alarms", "fleet", "ledger", "sharing"];
/** How often the file is looked at: a person who has saved it waits no longer. */
const lookEveryMs = 2000;

/** @throws Error with `file:line` when `retention.yaml` is wrong */
export function openHistory(parts: HistoryParts): History {
  const { folder, rawDays, registry, now, log, metrics } = parts;
  const file = join(folder, "retention.yaml");
  const read = () => readRetention(file, rawDays, classesOf(registry));
  const retention = new Retention(read(), now);
  const rollup = openRollup(join(folder, "rollup.db"), {
    ...parts,
    minutesOf: (series) => retention.minutesOf(series),
  });
  retention.follow(rollup.gone);
  rollup.writeMinutes(retention.policy.minutesKey);
  const keeper = createKeeper({ ...parts, retention, rollup });
  const refused = new Gauge({
    name: "kenh_retention_file_refused",
    help: "1 while retention.yaml is wrong and what it said before stays in force",
    registers: [metrics],
  });

  async function follow(signal: AbortSignal): Promise<void> {
    let seen = stampOf(file);
    try {
      for await (const _ of setInterval(lookEveryMs, undefined, { signal })) {
        const stamp = stampOf(file);
        if (stamp === seen) continue;
        seen = stamp;
        try {
          retention.take(read());
          rollup.writeMinutes(retention.policy.minutesKey);
          refused.set(0);
          log.info({ file }, "how long readings are kept was read anew");
        } catch (error) {
          refused.set(1);
          log.error({ err: error }, "the file of retention is wrong; what was in force stays");
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  return {
    retention,
    rollup,
    keeper,
    async run(delivered, signal) {
      await Promise.all([rollup.run(delivered, signal), keeper.run(signal), follow(signal)]);
    },
    close: () => rollup.close(),
  };
}

function classesOf(registry: Pick<Registry, "catalogue">): ReadonlySet<string> {
  const catalogue = registry.catalogue();
  const profiles = [catalogue, ...catalogue.tenants.values()].flatMap((view) => [
    ...view.profiles.values(),
  ]);
  return new Set([...profiles.map(({ measurement }) => measurement), ...ownMeasurements]);
}

/** Differs whenever the file was written. */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : "";
}
