import { readdirSync, readFileSync } from "node:fs";
import { draft } from "@kenh/schemas/draft";
import { profileYaml } from "@kenh/schemas/draft/yaml";
import { describe, expect, test } from "vitest";
import { catalogueOf } from "../../commands/state.ts";
import { faultsOf } from "../../station/profile-check.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noSharedData, sharedData, sharedLines } from "../support/shared-data.ts";
import { strangers } from "./strangers.ts";

using folder = temporaryFolder("saved");
const catalogue = catalogueOf(folder.path);
const { quantities } = catalogue;
const classOf = (quantity: string): string | undefined =>
  [...catalogue.classes].find(([, of]) => of.some(({ name }) => name === quantity))?.[0];

/** How many drafts become a profile, and what is wrong with those that do not. */
async function kept(texts: Iterable<string>): Promise<{ profiles: number; faults: string[] }> {
  const faults: string[] = [];
  let profiles = 0;
  for (const text of texts) {
    try {
      const drafted = draft(text, quantities);
      if (drafted.points.length === 0) continue;
      const yaml = profileYaml(drafted, { name: "moi", quantities, classOf });
      const found = await faultsOf(yaml, catalogue);
      profiles++;
      for (const { path, message } of found) faults.push(`${path.join(".")}: ${message}: ${text}`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return { profiles, faults };
}

test("what is drafted of documented gear can be saved as it is", async () => {
  const found = await kept(strangers.map(({ says }) => JSON.stringify(says)));
  expect(found).toEqual({ profiles: expect.any(Number), faults: [] });
  expect(found.profiles).toBeGreaterThan(strangers.length * 0.9);
});

const skipped = noSharedData();
describe.skipIf(skipped)(`what is drafted of recorded gear ${skipped ?? ""}`, () => {
  const sources: Readonly<Record<string, () => string[]>> = {
    uplinks: () =>
      sharedLines<{ decoded: unknown; fPort: number }>("lorawan/uplinks.jsonl").map(
        ({ decoded: object, fPort }) =>
          JSON.stringify({ deviceInfo: { devEui: "0004a30b001c1234" }, fPort, object }),
      ),
    messages: () =>
      sharedLines<{ topic: string | null; payload: string }>("mqtt-payloads/messages.jsonl").map(
        ({ topic, payload }) => (topic ? JSON.stringify({ topic, payload }) : payload),
      ),
    dumps: () =>
      sharedLines<{ vars: Record<string, string> }>("ups-nut/dumps.jsonl").map(({ vars }) =>
        Object.entries(vars)
          .map(([name, value]) => `${name}: ${value}`)
          .join("\n"),
      ),
    walks: () =>
      readdirSync(sharedData("ups-snmp/walks")).map((name) =>
        readFileSync(sharedData(`ups-snmp/walks/${name}`), "utf8"),
      ),
  };
  test.each(Object.entries(sources))("%s can be saved as they are", async (_, texts) => {
    const found = await kept(texts());
    expect(found).toEqual({ profiles: expect.any(Number), faults: [] });
    expect(found.profiles).toBeGreaterThan(10);
  });
});
