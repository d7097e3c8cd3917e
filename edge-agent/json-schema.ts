import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { agentConfigSchema } from "./src/config.ts";
import { kindNames, loadKind } from "./src/kinds.ts";

/** Where editors find the schema of an agent's configuration. */
export const file = fileURLToPath(new URL("./json-schema/agent.json", import.meta.url));

/** As a person writes it; what only code can hold (a refinement, a transformation) is left to `kenh agent check`. */
const options = { target: "draft-2020-12", io: "input", unrepresentable: "any" } as const;

/** The configuration of an agent with that of every kind of driver: JSON Schema, draft 2020-12. */
export async function generate(): Promise<string> {
  const { $schema, ...agent } = z.toJSONSchema(agentConfigSchema, options);
  const drivers: Record<string, unknown> = {};
  for (const kind of kindNames) {
    const { $schema: _, ...config } = z.toJSONSchema((await loadKind(kind)).configSchema, options);
    drivers[kind] = config;
  }
  const list = agent.properties?.drivers as { items: { properties: Record<string, unknown> } };
  const { items } = list;
  const known = {
    ...items,
    properties: { ...items.properties, kind: { enum: kindNames } },
    allOf: kindNames.map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ["kind"] },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: { properties: { config: { $ref: `#/$defs/${kind}` } } },
    })),
  };
  const document = {
    $schema,
    $id: "urn:kenh:schema:agent",
    title: "The configuration of an edge agent",
    ...agent,
    properties: { ...agent.properties, drivers: { ...list, items: known } },
    $defs: drivers,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

if (import.meta.main) {
  mkdirSync(new URL("./json-schema/", import.meta.url), { recursive: true });
  writeFileSync(file, await generate());
}
