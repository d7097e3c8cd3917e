import type { Logger } from "pino";
import { Gauge, type Registry as Metrics } from "prom-client";
import { type Catalogue, readCatalogue } from "../catalogue.ts";
import { FileCache } from "../file-cache.ts";
import { type FileFollower, followFiles } from "../follow-files.ts";
import { filesOf, layerFolders, layersOf } from "../layers.ts";
import type { Views } from "../view.ts";

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
}: RuleFollowerParts): FileFollower {
  let inForce: Views | undefined = given;
  const parsed = new FileCache();
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

  function reload(): boolean {
    try {
      parsed.keep(new Set(files()));
      const catalogue = readCatalogue(roots, inForce, parsed);
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

  const files = () =>
    layersOf(roots).flatMap((layer) => layerFolders.flatMap((what) => filesOf(layer, what)));
  return followFiles(files, reload);
}
