import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRegistry } from "@kenh/ingest";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { kenh } from "../support/station.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const ward = `version: 2
agencies: [{ agency: 82/so-nn-mt, label: { vi: Sở NN-MT, en: Agriculture } }]
devices:
  - identity: ${gauge}
    profile: generic-water
    label: { vi: Mực nước, en: Level }
    agency: 82/so-nn-mt
`;

test("a device that came in by a file keeps what the file says; a dry run writes nothing", async () => {
  using folder = temporaryFolder("kenh-registry-commands");
  const data = ["--data", join(folder.path, "data")];
  const known = () => {
    const registry = openRegistry(join(folder.path, "data/registry.db"), shippedCatalogue());
    const device = registry.record("device", gauge);
    const { last } = registry.history;
    registry.close();
    return { device, last };
  };
  const file = join(folder.path, "ward.yaml");
  writeFileSync(file, ward);
  expect(await kenh("registry", "import", file, ...data)).toMatchObject({
    code: 0,
    stdout: "change 1: 2 records; 0 were so already, 0 refused\n",
  });

  const password = await kenh("device", "password", gauge, ...data);
  expect(password.stdout).toMatch(/^[\w-]{32}\n$/);

  const sample = join(folder.path, "sample.json");
  writeFileSync(sample, JSON.stringify({ ts: 1_790_000_000_000, values: { water_level_m: 1.93 } }));
  const dry = await kenh(
    ...["device", "add", gauge, "--profile", "generic-water", "--criticality", "1"],
    ...["--dry-run", "--sample", sample, ...data],
  );
  expect(dry.stdout).toContain("is registered and would be changed");
  expect(dry.stdout).toContain("water_level_m=1.93,water_level_m_qc=2i 1790000000000");
  expect(dry.stdout).toContain("page       Mực nước và chất lượng nước");
  expect(known().last).toBe(1);

  expect((await kenh("device", "remove", gauge, ...data)).code).toBe(0);
  expect((await kenh("registry", "undo", "2", "--comment", "nhầm", ...data)).code).toBe(0);
  const added = await kenh("device", "add", gauge, "--profile", "generic-water", ...data);
  expect(added.code).toBe(0);
  expect(known()).toMatchObject({ device: { agency: "82/so-nn-mt", label: { vi: "Mực nước" } } });

  const kept = await kenh("registry", "remove", "agency", "82/so-nn-mt", ...data);
  expect(kept).toMatchObject({ code: 1, stderr: expect.stringContaining("is of the agency") });
  const out = join(folder.path, "out.yaml");
  expect((await kenh("registry", "export", "--to", out, ...data)).code).toBe(0);
  expect(readFileSync(out, "utf8")).toBe(`version: 2
agencies:
  - agency: 82/so-nn-mt
    label: { vi: Sở NN-MT, en: Agriculture }
devices:
  - identity: ${gauge}
    profile: generic-water
    label: { vi: Mực nước, en: Level }
    agency: 82/so-nn-mt
`);
});
