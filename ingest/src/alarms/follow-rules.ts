import { statSync } from "node:fs";
import { setInterval } from "node:timers/promises";
import type { Logger } from "pino";
import { Gauge, type Registry as Metrics } from "prom-client";
import { type Catalogue, readCatalogue } from "../catalogue.ts";
import { filesOf, layerFolders, layersOf } from "../layers.ts";
import type { Views } from "../view.ts";

/** An engineer who has saved a file looks at the list of alarms soon after. */
const lookEveryMs = 2000;

export interface RuleFollowerParts {
  /** Folders that the catalogue was read from. */
  readonly roots: readonly string[];
  /** What is in force. */
  readonly given?: Views;
  /** Told of what is in order, whenever the files have changed. */
  readonly take: (catalogue: Catalogue) => void;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly metrics: Metrics;
}

/** Takes rules, profiles and quantities again when their files change. */
export interface RuleFollower {
  /** Looks at the files once; gives whether they were taken. */
  look(): boolean;
  /** Looks every two seconds until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Follows the files of rules, and of the profiles and quantities that they are about. While what is in
 * one of them is wrong, all stays in force as it was, the faults are logged once, and
 * `kenh_alarm_rules_refused` is 1.
 */
export function createRuleFollower({
  roots,
  given,
  take,
  log,
  metrics,
}: RuleFollowerParts): RuleFollower {
  let seen = signatureOf(roots);
  let inForce: Views | undefined = given;
  const refusedOf = new Gauge({
    name: "kenh_tenant_files_refused",
    help: "Provinces and units whose own rules, profiles or quantities are wrong, so that those of before stay in force for them",
    registers: [metrics],
  });
  const refused = new Gauge({
    name: "kenh_alarm_rules_refused",
    help: "1 while the files of rules, profiles or quantities are wrong and those of before stay in force",
    registers: [metrics],
  });

  function look(): boolean {
    const present = signatureOf(roots);
    if (present === seen) return false;
    seen = present;
    try {
      const catalogue = readCatalogue(roots, inForce);
      inForce = catalogue;
      take(catalogue);
      refused.set(0);
      refusedOf.set(catalogue.faults.length);
      for (const fault of catalogue.faults) {
        log.error({ fault }, "what a province or unit has of its own is wrong; all others go on");
      }
      const { rulesInForce, profiles } = catalogue;
      log.info(
        { rules: rulesInForce.length, profiles: profiles.size },
        "other rules of alarms, profiles or quantities are in force",
      );
      for (const warning of catalogue.warnings) log.warn({ warning }, "a rule of alarms is odd");
      return true;
    } catch (error) {
      refused.set(1);
      log.error(
        { err: error },
        "the rules of alarms, profiles or quantities are wrong; those of before stay in force",
      );
      return false;
    }
  }

  return {
    look,
    async run(signal) {
      try {
        for await (const _ of setInterval(lookEveryMs, undefined, { signal })) look();
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

/** Changes when a file is written, added or removed. */
function signatureOf(roots: readonly string[]): string {
  return layersOf(roots)
    .flatMap((layer) => layerFolders.flatMap((what) => filesOf(layer, what)))
    .map((file) => `${file} ${stampOf(file)}`)
    .join("\n");
}

function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : "gone";
}
