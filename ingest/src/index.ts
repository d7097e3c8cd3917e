export { type Catalogue, loadCatalogue, readData } from "./catalogue.ts";
export { configOf, type IngestConfig, type StoreConfig } from "./config.ts";
export { openPipeline, type Pipeline } from "./pipeline.ts";
export { openRegistry, type RegisteredDevice, type Registry } from "./registry.ts";
