import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadCatalogue, readData } from "@kenh/ingest";
import {
  profileSchema,
  quantityFileSchema,
  registryFileSchema,
  ruleFileSchema,
  scopeCovers,
} from "@kenh/schemas";
import { describe, expect, test } from "vitest";

const schemas = fileURLToPath(new URL("../../schemas/", import.meta.url));
const filesOf = (folder: string): string[] =>
  readdirSync(`${schemas}${folder}`)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => `${schemas}${folder}/${file}`);
const classes = filesOf("quantities").map((file) => readData(file, quantityFileSchema));
const profiles = filesOf("profiles").map((file) => readData(file, profileSchema));
const rules = filesOf("rules").flatMap((file) => readData(file, ruleFileSchema).rules);
const quantities = classes.flatMap((each) => each.quantities);
const classNames = classes.map((each) => each.class);
const examples = readdirSync(`${schemas}examples`);

/** Numbers that no bound makes implausible, each with the reason. */
const unbounded = {
  clock_offset_s: "a clock may stand anywhere, and how far off it is must be seen",
  uptime_s: "grows for as long as the device runs",
  energy_kwh: "a meter's count grows for its whole life",
};

const twice = (names: readonly string[]): string[] =>
  names.filter((name, at) => names.indexOf(name) !== at);

describe("the shipped data", () => {
  test("a quantity has one class, for its type is the store's for ever", () => {
    expect(quantities.length).toBeGreaterThan(50);
    expect(twice(quantities.map(({ name }) => name))).toEqual([]);
    expect(twice(classNames)).toEqual([]);
  });

  test("a number in a unit has a plausible range, and a state has none", () => {
    const open = quantities.filter(
      ({ type, min, max }) => type === "float" && (min === undefined || max === undefined),
    );
    expect(open.map(({ name }) => name).sort()).toEqual(Object.keys(unbounded).sort());
    const others = quantities.filter(({ type }) => type === "boolean" || type === "string");
    expect(others.filter(({ min, max }) => min !== undefined || max !== undefined)).toEqual([]);
  });

  test.each(profiles)("profile $name takes classes and quantities that exist", (profile) => {
    expect(classNames).toEqual(expect.arrayContaining(profile.classes));
    const known = quantities.map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining(profile.quantities));
    expect(profile.classes.length + profile.quantities.length).toBeGreaterThan(0);
  });

  test("a profile has one name", () => {
    expect(twice(profiles.map(({ name }) => name))).toEqual([]);
  });

  const limited = rules.filter((rule) => rule.kind === "high" || rule.kind === "low");
  test.each(limited)("rule $id watches a number that a profile of its measurement has", (rule) => {
    const { quantity: name, measurement } = rule;
    const quantity = quantities.find((each) => each.name === name);
    expect(quantity?.type).toMatch(/^(float|integer)$/);
    for (const { limit } of rule.levels) {
      expect(limit).toBeGreaterThan(quantity?.min ?? Number.NEGATIVE_INFINITY);
      expect(limit).toBeLessThan(quantity?.max ?? Number.POSITIVE_INFINITY);
    }
    const measuring = profiles.filter((profile) => profile.measurement === measurement);
    expect(
      measuring.some(
        (profile) =>
          profile.quantities.includes(name) ||
          classes.some(
            (each) =>
              profile.classes.includes(each.class) && each.quantities.some((q) => q.name === name),
          ),
      ),
    ).toBe(true);
  });

  test.each(examples)(
    "example %s registers devices of its own unit by profiles there are",
    (name) => {
      const folder = `${schemas}examples/${name}/`;
      const ward = readData(`${folder}ward.yaml`, registryFileSchema);
      const catalogue = loadCatalogue(schemas, folder);
      expect(twice(ward.devices.map(({ identity }) => identity))).toEqual([]);
      for (const device of ward.devices) {
        expect(ward.units.some(({ unit }) => scopeCovers(unit, device.identity))).toBe(true);
        expect([...catalogue.profiles.keys()]).toContain(device.profile);
      }
    },
  );
});
