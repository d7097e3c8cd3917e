import type { Logger } from "pino";
import { Gauge, type Registry as Metrics } from "prom-client";
import { type FileFollower, followFiles } from "../follow-files.ts";
import type { Registry } from "../registry.ts";
import { agenciesOf, contractFiles, loadContracts } from "./contracts.ts";
import type { Sharing } from "./sharing.ts";

export interface ContractFollowerParts {
  /** Folders that the contracts were read from. */
  readonly roots: readonly string[];
  readonly registry: Pick<Registry, "record">;
  readonly sharing: Pick<Sharing, "take">;
  readonly log: Pick<Logger, "info" | "error">;
  readonly metrics: Metrics;
}

/** Takes the contracts of data again when their files change; while one of them is wrong, those of before stay in force. */
export function followContracts(parts: ContractFollowerParts): FileFollower {
  const { roots, registry, sharing, log, metrics } = parts;
  const refused = new Gauge({
    name: "kenh_contracts_refused",
    help: "1 while the files of contracts are wrong and those of before stay in force",
    registers: [metrics],
  });
  return followFiles(
    () => contractFiles(roots),
    () => {
      try {
        const contracts = loadContracts(roots, agenciesOf(registry));
        sharing.take(contracts);
        refused.set(0);
        log.info({ datasets: contracts.datasets.size }, "other contracts of data are in force");
        return true;
      } catch (error) {
        refused.set(1);
        log.error({ err: error }, "the contracts of data are wrong; those of before stay in force");
        return false;
      }
    },
  );
}
