import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadCatalogue } from "@kenh/ingest";
import { afterAll, expect, test } from "vitest";
import { createProfileBench } from "../../station/profile-bench.ts";

const schemas = fileURLToPath(new URL("../../schemas/", import.meta.url));
const catalogue = loadCatalogue(schemas);
const bench = createProfileBench(() => catalogue);
afterAll(bench.close);
const level = readFileSync(`${schemas}profiles/dragino-ldds75.yaml`, "utf8");

test("a profile is checked in a thread: its samples, and what another sample gives", async () => {
  expect(await bench.check(level, { Distance: 1850, Bat: 3.6 })).toMatchObject({
    faults: [],
    readings: { distance_m: 1.85, battery_v: 3.6 },
    unreadable: null,
    samples: [{ name: "with a probe" }, { name: "without one" }],
  });
});

test("faults come by line with the word that was meant; a sample that can't be read says so", async () => {
  const wrong = level.replace("quantity: battery_v }", "quantity: batery_v }");
  const { faults } = await bench.check(wrong);
  const line = wrong.split("\n").findIndex((text) => text.includes("batery_v }")) + 1;
  expect(faults).toContainEqual({
    line,
    path: ["source", "points", 1, "quantity"],
    message: "batery_v is no quantity: did you mean battery_v?",
  });
  const ups = readFileSync(`${schemas}profiles/nut-ups.yaml`, "utf8");
  const { unreadable, readings } = await bench.check(ups, null);
  expect([typeof unreadable, readings]).toEqual(["string", null]);
});

test("more than may wait are refused at once; a close ends those that wait; a check afterwards starts anew", async () => {
  const all = Array.from({ length: 17 }, () => bench.check(level));
  await expect(all[16]).rejects.toThrow(/wait already: try again/);
  const settled = Promise.allSettled(all);
  await bench.close();
  expect(new Set((await settled).map(({ status }) => status))).toEqual(new Set(["rejected"]));
  expect((await bench.check(level)).faults).toEqual([]);
});
