import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Device, registryFileSchema } from "@kenh/schemas";
import { readData } from "./data-file.ts";
import { openRegistryFile } from "./registry/shape.ts";
import { Shelf } from "./registry/shelf.ts";

/**
 * The devices that a folder knows of: those of its `ward.yaml` and of its registry. Needs no profiles,
 * for it is asked before there are any.
 * @throws Error when `ward.yaml` is wrong.
 */
export function devicesIn(root: string): Device[] {
  const ward = join(root, "ward.yaml");
  const registry = join(root, "registry.db");
  return [
    ...(existsSync(ward) ? readData(ward, registryFileSchema).devices : []),
    ...(existsSync(registry) ? devicesOf(registry) : []),
  ];
}

function devicesOf(file: string): Device[] {
  const db = openRegistryFile(file);
  try {
    const bodies = [...new Shelf(db).bodies("device")];
    return bodies.map(({ body }) => JSON.parse(body) as Device);
  } finally {
    db.close();
  }
}
