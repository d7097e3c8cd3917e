import { readFileSync } from "node:fs";
import type { Quantity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { sharedData } from "../support/shared-data.ts";

/** What is taken for a reading in node sets that hold nothing but inventory and schedules. */
export function scoreNodeSets(quantities: ReadonlyMap<string, Quantity>): string[] {
  return ["Machinery.Examples", "Scheduler"].flatMap((name) => {
    const text = readFileSync(sharedData(`opcua/Opc.Ua.${name}.NodeSet2.xml`), "utf8");
    return draft(text, quantities).points.map(
      ({ path, quantity }) => `${name} ${path} ${quantity}`,
    );
  });
}
