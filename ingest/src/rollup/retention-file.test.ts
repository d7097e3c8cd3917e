import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { readRetention } from "./retention-file.ts";

const classes = new Set(["water", "camera", "alarms"]);
let folder: TemporaryFolder;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, "retention.yaml");
});
afterEach(() => folder[Symbol.dispose]());

function policy(text: string, rawDays = 0) {
  writeFileSync(file, text);
  return readRetention(file, rawDays, classes);
}

test("without a file readings are kept as the environment says, and roll-ups for ever", () => {
  const kept = readRetention(file, 30, classes).keptOf("water", "82/29869");
  expect(kept).toEqual({ raw: 30, minutes: 0, hours: 0, days: 0 });
});

test("of the lines that fit the last one goes, each of its numbers apart", () => {
  const { keptOf, minutesOf, daysOf } = policy(
    `version: 1
keep:
  - { raw: 90, minutes: 400 }
  - { class: camera, raw: 30, minutes: off }
  - { unit: 82/29869, raw: 365 }
  - { unit: 82/29869, class: water, raw: 0, minutes: 0 }
`,
    7,
  );
  expect(keptOf("water", "82/29870")).toEqual({ raw: 90, minutes: 400, hours: 0, days: 0 });
  expect(keptOf("camera", "82/29870")).toMatchObject({ raw: 30, minutes: "off" });
  expect(keptOf("camera", "82/29869")).toMatchObject({ raw: 365, minutes: "off" });
  expect(keptOf("water", "82/29869")).toMatchObject({ raw: 0, minutes: 0 });
  expect(daysOf("camera", "82/29870", "raw")).toBe(30);
  expect(daysOf("camera", "82/29870", "1m")).toBe(0);
  expect(minutesOf("camera", "82/29870")).toBe("off");
  // Minutes outlive the readings: all are written. Else those alone that are fewer than the readings.
  expect(minutesOf("alarms", "82/29870")).toBe("always");
  expect(minutesOf("water", "82/29869")).toBe("dense");
});

test("the example of the documentation is accepted", () => {
  const page = readFileSync(new URL("../../../docs/reference/history.md", import.meta.url), "utf8");
  const [, example = ""] = /```yaml retention\n([\s\S]*?)```/.exec(page) ?? [];
  expect(policy(example).keptOf("camera", "82/29869")).toMatchObject({ raw: 365, minutes: "off" });
});

test("what minutes are written is told apart, and nothing else", () => {
  const key = (text: string) => policy(`version: 1\nkeep:\n${text}`).minutesKey;
  const first = key("  - { raw: 90, minutes: 400 }");
  expect(key("  - { raw: 80, minutes: 300, hours: 900 }")).toBe(first);
  expect(key("  - { raw: 90, minutes: 90 }")).not.toBe(first);
  expect(key("  - { raw: 90, minutes: off }")).not.toBe(first);
});

describe("a file that is wrong is refused with its line and the way out", () => {
  test.each<[string, string, RegExp]>([
    ["a class that is none", "  - { class: watr, raw: 1 }", /yaml:3: .*watr: did you mean water\?/],
    ["a unit that is none", "  - { unit: '82', raw: 1 }", /yaml:3: .*82\/29869/],
    ["days below nothing", "  - { raw: -1 }", /yaml:3: keep\.0\.raw: /],
    ["a word that nobody knows", "  - { raws: 3 }", /yaml:3: .*raws/],
    [
      "hours that go before minutes",
      "  - { raw: 9 }\n  - { minutes: 400, hours: 300 }",
      /yaml:4: hours 300 goes before minutes 400 .*keep hours for 400 or 0/,
    ],
    [
      "minutes that go before readings that stay for ever",
      "  - { raw: 0 }\n  - { class: water, minutes: 30 }",
      /yaml:4: minutes 30 goes before raw 0 \(water, other units\): keep minutes for 0 \(for ever\)/,
    ],
  ])("%s", (_, line, says) => {
    expect(() => policy(`version: 1\nkeep:\n${line}\n`)).toThrow(says);
  });

  test("another version", () => {
    expect(() => policy("version: 2\nkeep: []\n")).toThrow(/yaml:1: version/);
  });
});
