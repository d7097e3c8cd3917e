import { createRuleFollower, type RuleFollowerParts } from "./alarms/follow-rules.ts";
import type { IngestParts } from "./ingest-parts.ts";
import { type ContractFollowerParts, followContracts } from "./sharing/follow-contracts.ts";

/** Follows all that is known as data, until the signal aborts; nothing where it was not read from folders. */
export function followData(
  { roots, catalogue, registry, log, metrics }: IngestParts,
  { take, sharing }: Pick<RuleFollowerParts, "take"> & Pick<ContractFollowerParts, "sharing">,
  signal: AbortSignal,
): Promise<void>[] {
  if (!roots) return [];
  return [
    createRuleFollower({ roots, given: catalogue, take, log, metrics }).run(signal),
    followContracts({ roots, registry, sharing, log, metrics }).run(signal),
  ];
}
