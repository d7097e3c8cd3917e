import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import {
  alarmSchema,
  contractFileSchema,
  dispatchSchema,
  envelopeSchema,
  profileSchema,
  quantityFileSchema,
  registryFileSchema,
  ruleFileSchema,
  statusSchema,
  telemetrySchema,
} from "./src/index.ts";

/** What editors, other programs and other languages check against; `input` is what a person or a device writes. */
const documents = {
  telemetry: { schema: telemetrySchema, io: "input", title: "A telemetry message, any form" },
  envelope: { schema: envelopeSchema, io: "input", title: "A telemetry message with its outbox" },
  status: { schema: statusSchema, io: "input", title: "A device's status" },
  alarm: { schema: alarmSchema, io: "output", title: "An alarm" },
  dispatch: { schema: dispatchSchema, io: "output", title: "An alarm given to an agency" },
  registry: { schema: registryFileSchema, io: "input", title: "A registry in a file" },
  profile: { schema: profileSchema, io: "input", title: "A device profile" },
  quantities: { schema: quantityFileSchema, io: "input", title: "A class of quantities" },
  rules: { schema: ruleFileSchema, io: "input", title: "Alarm rules with their examples" },
  contracts: { schema: contractFileSchema, io: "input", title: "Contracts of data" },
} as const;

/** Folder of the generated files. */
export const folder = fileURLToPath(new URL("./json-schema/", import.meta.url));

/** The text of each file, by its name: JSON Schema, draft 2020-12. */
export function generate(): Map<string, string> {
  return new Map(
    Object.entries(documents).map(([name, { schema, io, title }]) => {
      // Thirteen kinds of rules have nearly all in common: written out it would be thousands of lines.
      const reused = name === "rules" ? "ref" : "inline";
      const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io, reused });
      const document = { $schema, $id: `urn:kenh:schema:${name}`, title, ...rest };
      return [`${name}.json`, `${JSON.stringify(document, null, 2)}\n`];
    }),
  );
}

if (import.meta.main) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of generate()) writeFileSync(join(folder, name), text);
}
