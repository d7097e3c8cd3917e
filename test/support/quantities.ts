import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Quantity, quantityFileSchema } from "@kenh/schemas";
import { parse } from "yaml";

const folder = fileURLToPath(new URL("../../schemas/quantities/", import.meta.url));

/** All quantities that are shipped, by name. */
export function shippedQuantities(): ReadonlyMap<string, Quantity> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  const all = files.flatMap(
    (name) => quantityFileSchema.parse(parse(readFileSync(folder + name, "utf8"))).quantities,
  );
  return new Map(all.map((quantity) => [quantity.name, quantity]));
}
