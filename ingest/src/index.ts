export { type Comparison, compare, type Turn } from "./alarms/compare.ts";
export type { Observation } from "./alarms/evaluate.ts";
export { type ExampleResult, testRules } from "./alarms/examples.ts";
export { type Explanation, explain, memoryOf, type Step } from "./alarms/explain.ts";
export { measurementFor, membersAt, placeOf, play } from "./alarms/play.ts";

export { type Catalogue, loadCatalogue, readCatalogue } from "./catalogue.ts";
export { configOf, type IngestConfig, type StoreConfig } from "./config.ts";
export { readDashboards } from "./dashboards.ts";
export { readData, readDataText } from "./data-file.ts";
export { createDryRun, type DryRun } from "./dry-run.ts";
export type { Ingest, IngestParts } from "./ingest-parts.ts";
export { type SummedLedger, sumLedgers } from "./ledger-sum.ts";
export { didYouMean } from "./nearest.ts";
export {
  openPipeline,
  type Pipeline,
  type PipelineConfig,
  type PipelineParts,
} from "./pipeline.ts";
export type { CheckProfile, ProfileCheck } from "./profile-shelf.ts";
export { proposalsOf } from "./registry/batch.ts";
export {
  type Actor,
  type Change,
  type Edit,
  type Outcome,
  type Plan,
  type Proposed,
  type Refused,
  station,
} from "./registry/change.ts";
export { readRegistryFiles } from "./registry/read-files.ts";
export { writeTables, writeYaml } from "./registry/write-files.ts";
export { openRegistry, type RegisteredDevice, type Registry } from "./registry.ts";
export { type Engine, startEngine } from "./standby/engine.ts";
export type { Lead } from "./standby/lead.ts";
export { startIngest } from "./start.ts";
export { openStore } from "./stores/open.ts";
export type { Batch, Point, Series, Store } from "./stores/store.ts";
export { type Origin, ruleFor, type View, viewOf } from "./view.ts";
