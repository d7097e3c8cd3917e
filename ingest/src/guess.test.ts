import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadCatalogue } from "./catalogue.ts";
import { guessProfiles } from "./guess.ts";

const catalogue = loadCatalogue(fileURLToPath(new URL("../../schemas/", import.meta.url)));
const guess = (...payloads: unknown[]) =>
  guessProfiles(
    payloads.map((one) => Buffer.from(typeof one === "string" ? one : JSON.stringify(one))),
    catalogue,
  );

test.each<[string, unknown, string, number]>([
  ["a flat object", { water_level_m: 1.9, battery_v: 3.6 }, "generic-water", 1],
  ["an envelope", { samples: [{ ts: 0, values: { active_power_w: 90 } }] }, "generic-power", 1],
  ["samples", [{ ts: 0, values: { water_level_m: 2 } }], "generic-water", 1],
  ["one name of two", { water_level_m: 1.9, colour: 4 }, "generic-water", 0.5],
])("%s", (_, payload, profile, confidence) => {
  expect(guess(payload)[0]).toMatchObject({ profile, confidence });
});

test("a device that sends its quantities in turn is one device", () => {
  expect(guess({ water_level_m: 1 }, { battery_v: 3.5 })[0]).toMatchObject({
    covers: ["water_level_m", "battery_v"],
    lacks: [],
  });
});

test("a maker's own names are a hint and no answer; what tells nothing gives nothing", () => {
  const [best] = guess({ temperature: 27.4, humidity: 61 });
  expect(best?.confidence).toBeGreaterThan(0);
  expect(best?.confidence).toBeLessThanOrEqual(0.5);
  expect(best?.why.en).toContain("mapped");
  expect(guess("no JSON")).toEqual([]);
  const ofItself = guess({ battery_v: 3.6 });
  expect(ofItself.map(({ profile }) => profile)).toContain("edge-gateway");
  expect(ofItself.every(({ confidence }) => confidence <= 0.7)).toBe(true);
  expect(guess({})).toEqual([]);
});
