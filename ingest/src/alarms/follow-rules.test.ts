import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import type { Catalogue } from "../catalogue.ts";
import { createRuleFollower } from "./follow-rules.ts";

const schemas = fileURLToPath(new URL("../../../schemas/", import.meta.url));
const file = (limit: number) =>
  `version: 1\nchanges:\n  - { rule: sensor.stale, set: { priority: ${limit} } }\n`;

describe("files of rules", () => {
  test("are taken when they change, and those of before stay while they are wrong", async () => {
    using folder = temporaryFolder("kenh-follow-rules");
    const taken: Catalogue["rulesInForce"][] = [];
    const errors: string[] = [];
    const log = pino(
      { level: "error" },
      {
        write(line: string) {
          errors.push((JSON.parse(line) as { err: { message: string } }).err.message);
        },
      },
    );
    const metrics = new Metrics();
    const roots = [schemas, folder.path];
    const profiles: boolean[] = [];
    const take = (catalogue: Catalogue) => {
      taken.push(catalogue.rulesInForce);
      profiles.push(catalogue.profiles.has("mine"));
    };
    const follower = createRuleFollower({ roots, take, log, metrics });
    const refused = async () =>
      (await metrics.getSingleMetric("kenh_alarm_rules_refused")?.get())?.values[0]?.value;
    const priorities = () =>
      taken.map((rules) => {
        const rule = rules.find(({ id }) => id === "sensor.stale");
        return rule && "priority" in rule && rule.priority;
      });

    expect(follower.look()).toBe(false);
    mkdirSync(join(folder.path, "rules"));
    const mine = join(folder.path, "rules", "mine.yaml");
    writeFileSync(mine, file(4));
    expect(follower.look()).toBe(true);
    expect(follower.look()).toBe(false);
    expect(priorities()).toEqual([4]);

    writeFileSync(mine, file(42));
    expect(follower.look()).toBe(false);
    expect(follower.look()).toBe(false);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain("mine.yaml:3: sensor.stale, priority");
    expect(await refused()).toBe(1);
    expect(priorities()).toEqual([4]);

    writeFileSync(mine, `${file(2)}\n`);
    expect(follower.look()).toBe(true);
    rmSync(mine);
    expect(follower.look()).toBe(true);
    expect(priorities()).toEqual([4, 2, 3]);
    expect(await refused()).toBe(0);

    mkdirSync(join(folder.path, "profiles"));
    const profile = `version: 2\nname: mine\nlabel: { vi: a, en: a }\nmeasurement: water\n`;
    writeFileSync(join(folder.path, "profiles", "mine.yaml"), profile);
    expect(follower.look()).toBe(true);
    expect(profiles).toEqual([false, false, false, true]);
  });
});
