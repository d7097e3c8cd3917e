import { join } from "node:path";
import { quotasSchema } from "@kenh/schemas";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { Storage } from "./storage.ts";

const dayMs = 86_400_000;
const start = 20_000 * dayMs;
const [level, ups, other] = ["82/1/a/level", "82/1/a/ups", "82/2/a/level"];
const config = quotasSchema.parse({
  units: { "82/1": { storedReadings: 100 } },
  devices: { [ups]: { storedReadings: 30 } },
});
const never = (keptAt: string): never => {
  throw new Error(keptAt);
};
const stored = (counts: Record<string, number>) =>
  Object.entries(counts).map(([device, count]) => ({ device, stored: count }));

test("counts what is stored from when the quota was declared, of the unit and of the device", () => {
  using folder = temporaryFolder("kenh-storage");
  const storage = new Storage(join(folder.path, "quota.db"), config, () => 0, never);
  const used = () => storage.uses().map((use) => [use.place, use.used, use.over]);
  expect(storage.isFull("82/1")).toBe(false);
  storage.count(stored({ [level]: 500, [ups]: 40, [other]: 9000 }), start);
  expect(used()).toEqual([
    ["82/1", 0, false],
    [ups, 0, false],
  ]);
  storage.count(stored({ [level]: 560, [ups]: 71, [other]: 99_000 }), start + 1000);
  expect(used()).toEqual([
    ["82/1", 91, false],
    [ups, 31, true],
  ]);
  expect([storage.isFull(ups), storage.isFull("82/1"), storage.isFull("82/2")]).toEqual([
    ...[true, false, false],
  ]);
  storage.close();
});

test("what has outlived its retention no longer counts, after a restart too", () => {
  using folder = temporaryFolder("kenh-storage");
  const open = () => new Storage(join(folder.path, "quota.db"), config, () => 7, never);
  let storage = open();
  // Ten a day: never more than those of seven days and of today.
  for (let day = 0; day <= 30; day++) {
    storage.count(stored({ [level]: 10 * day }), start + day * dayMs);
    if (day === 15) {
      storage.close();
      storage = open();
    }
  }
  expect(storage.uses()).toEqual([
    { place: "82/1", kind: "stored", limit: 100, used: 70, over: false, excess: 0 },
  ]);
  storage.count(stored({ [level]: 400 }), start + 30 * dayMs + 1);
  expect(storage.uses()[0]).toMatchObject({ used: 170, over: true, excess: 70 });
  storage.close();
  storage.close();
});
