import { globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { file as agentFile, generate as generateAgent } from "../../edge-agent/json-schema.ts";
import { folder, generate } from "../../schemas/json-schema.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const schemas = fileURLToPath(new URL("../../schemas/", import.meta.url));
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
const documents = new Map(
  [...generate()].map(([name, text]) => [name, ajv.compile(JSON.parse(text))]),
);

/** All shipped YAML files that name their schema. */
const dataFiles = readdirSync(schemas, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".yaml") && !file.startsWith("node_modules"))
  .sort();

describe("JSON Schema of what is written by people and devices", () => {
  test("the files are what the schemas generate (npm run schemas writes them)", () => {
    expect(readdirSync(folder).sort()).toEqual([...generate().keys()].sort());
    for (const [name, text] of generate())
      expect(readFileSync(join(folder, name), "utf8")).toBe(text);
  });

  test.each(dataFiles.filter((file) => !file.endsWith("agent.yaml")))(
    "schemas/%s says which schema it follows, and follows it",
    (file) => {
      const text = readFileSync(join(schemas, file), "utf8");
      const named = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text)?.[1];
      const path = resolve(schemas, dirname(file), String(named));
      expect(dirname(path)).toBe(resolve(folder));
      const validate = documents.get(path.slice(resolve(folder).length + 1));
      expect(validate).toBeDefined();
      validate?.(parse(text));
      expect(validate?.errors ?? []).toEqual([]);
    },
  );

  test.each([
    ["envelope.json", { v: 1, agent: "gw", epoch: "e", seq: 1, samples: [] }],
    ["envelope.json", { v: 2, agent: "gw", epoch: "e", seq: 1, samples: [{ ts: 1, values: {} }] }],
    ["telemetry.json", "a text"],
    ["telemetry.json", { ts: 1, values: { water_level_m: [1] } }],
    ["registry.json", { version: 2, devices: [{ identity: "82/29869/a/b" }] }],
    ["profile.json", { version: 1, name: "Not A Name", label: { vi: "a", en: "a" } }],
    ["quantities.json", { version: 1, class: "water", quantities: [] }],
    ["rules.json", { version: 1, rules: [{ id: "x" }] }],
  ])("%s refuses %j", (name, wrong) => {
    expect(documents.get(name)?.(wrong)).toBe(false);
  });

  test.each([
    { v: 1, agent: "gw-01", epoch: "5f0c", seq: 17, samples: [{ ts: 1, values: { a_m: 1.93 } }] },
    { ts: 1790000000000, values: { water_level_m: 1.93 }, qc: { water_level_m: 3 } },
    [{ ts: 1, values: { reachable: true } }],
    { water_level_m: 1.93 },
  ])("telemetry.json takes %j", (message) => {
    expect(documents.get("telemetry.json")?.(message)).toBe(true);
  });
});

describe("JSON Schema of an agent's configuration", () => {
  const examples = globSync(["schemas/examples/*/agent.yaml", "packaging/files/**/agent.yaml"], {
    cwd: root,
  });

  test("the file is what the schemas generate (npm run schemas writes it)", async () => {
    expect(readFileSync(agentFile, "utf8")).toBe(await generateAgent());
  });

  test("it takes the shipped examples, and refuses what a driver does not know", async () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(await generateAgent()),
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      // The ward's own says neither: the station that runs it adds where its broker is.
      const added = { broker: { url: "mqtt://127.0.0.1" }, dataDir: "agent" };
      const config = { ...added, ...parse(readFileSync(join(root, example), "utf8")) };
      validate(config);
      expect(validate.errors ?? [], example).toEqual([]);
      const [driver] = config.drivers ?? [];
      if (!driver) continue;
      expect(validate({ ...config, drivers: [{ ...driver, kind: "telepathy" }] })).toBe(false);
      expect(validate({ ...config, drivers: [{ ...driver, config: { modell: 1 } }] })).toBe(false);
    }
  });
});
