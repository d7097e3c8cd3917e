import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Device, deviceSchema, wardSchema } from "@kenh/schemas";
import { readData } from "./data-file.ts";

/**
 * The devices that a folder knows of: those of its `ward.yaml` and of its registry. Reads only, and
 * needs no profiles, for it is asked before there are any.
 * @throws Error when `ward.yaml` is wrong.
 */
export function devicesIn(root: string): Device[] {
  const ward = join(root, "ward.yaml");
  const registry = join(root, "registry.db");
  return [
    ...(existsSync(ward) ? readData(ward, wardSchema).devices : []),
    ...(existsSync(registry) ? devicesOf(registry) : []),
  ];
}

function devicesOf(file: string): Device[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = db.prepare("SELECT body FROM device").all();
    return rows.map(({ body }) => deviceSchema.parse(JSON.parse(String(body))));
  } finally {
    db.close();
  }
}
