import { fileURLToPath } from "node:url";
import { loadCatalogue, openRegistry, type Registry } from "@kenh/ingest";
import type { Device } from "@kenh/schemas";

const schemas = fileURLToPath(new URL("../../schemas/", import.meta.url));

/** All the shipped quantities, profiles and rules. */
export const shippedCatalogue = () => loadCatalogue(schemas);

/** A gauge and a weather station in Cao Lãnh, as an engineer registers them. */
export const gauge = { identity: "82/29869/cau-cao-lanh/muc-nuoc-01", profile: "generic-water" };
export const weather = { identity: "82/29869/ubnd/thoi-tiet-01", profile: "generic-environment" };

/** A registry of these devices, in memory. */
export function registryOf(...devices: Device[]): Registry {
  const registry = openRegistry(":memory:", shippedCatalogue());
  for (const device of devices) registry.put(device);
  return registry;
}
