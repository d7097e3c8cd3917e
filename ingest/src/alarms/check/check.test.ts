import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { loadCatalogue } from "../../catalogue.ts";

const schemas = fileURLToPath(new URL("../../../../schemas/", import.meta.url));
const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";

let folder: TemporaryFolder;
let count = 0;
beforeAll(() => {
  folder = temporaryFolder("kenh-rules");
});
afterAll(() => folder[Symbol.dispose]());

/** A root with the shipped quantities and profiles, one gauge, and this file of rules. */
function rootWith(rules: string): string {
  const root = join(folder.path, `${++count}`);
  mkdirSync(join(root, "rules"), { recursive: true });
  for (const name of ["quantities", "profiles"]) symlinkSync(schemas + name, join(root, name));
  writeFileSync(
    join(root, "ward.yaml"),
    `version: 1\nprovince: "82"\nunit: "29869"\nlabel: { vi: a, en: a }\ndevices:\n  - { identity: ${gauge}, profile: generic-water, intervalMs: 5000 }\n`,
  );
  writeFileSync(join(root, "rules", "mine.yaml"), `version: 1\n${rules}`);
  return root;
}

/** A rule of this kind and with these fields, in YAML; `kind` stands in line 4 of the file. */
function rule(kind: string, fields: string, id = "my.rule"): string {
  const texts = ["message", "cause", "consequence", "action", "owner"];
  return `  - id: ${id}
    kind: ${kind}
    measurement: water
${fields.replaceAll(/^/gm, "    ")}
${texts.map((name) => `    ${name}: { vi: a, en: a }`).join("\n")}
    examples: [{ name: none, samples: [{ ts: 0, values: {} }], transitions: [] }]
`;
}
const level = "quantity: water_level_m";
const one = "levels: [{ priority: 1, limit: 2.3 }]";

/** What is said of a file of rules; empty when nothing is. */
function saidOf(rules: string): string {
  const root = rootWith(rules);
  try {
    loadCatalogue(root);
    return "";
  } catch (error) {
    return (error as Error).message.replaceAll(join(root, "rules", ""), "");
  }
}

const good: [name: string, rules: string][] = [
  ["a high", rule("high", `${level}\n${one}`)],
  ["a high in its unit", rule("high", `${level}\nunit: m\n${one}`)],
  ["a delay of the device's own interval", rule("high", `${level}\n${one}\nonDelayMs: 5000`)],
  [
    "a state, with a delay that runs by time",
    rule("state", "quantity: battery_v\nequals: [1]\npriority: 2\nonDelayMs: 10"),
  ],
  [
    "levels with a hysteresis up to their distance",
    rule(
      "high",
      `${level}\nhysteresis: 0.5\nlevels: [{ priority: 2, limit: 2 }, { priority: 1, limit: 2.5 }]`,
    ),
  ],
  [
    "levels of one priority",
    rule("low", `${level}\nlevels: [{ priority: 1, limit: 2.5 }, { priority: 1, limit: 2 }]`),
  ],
];

const bad: [fault: string, rules: string, line: number, parts: string[]][] = [
  [
    "an unknown quantity",
    rule("high", `quantity: water_levle_m\n${one}`),
    6,
    ["my.rule, quantity", "did you mean water_level_m?"],
  ],
  [
    "a quantity of another measurement",
    rule("high", "quantity: rain_mm\nlevels: [{ priority: 1, limit: 20 }]"),
    6,
    ["rain_mm is sent by no profile that stores in water", "measurement: environment"],
  ],
  [
    "an unknown measurement",
    rule("stale", "priority: 3").replace("measurement: water", "measurement: watr"),
    5,
    ["no profile stores in watr: did you mean water?"],
  ],
  [
    "another unit",
    rule("high", `${level}\nunit: cm\n${one}`),
    7,
    ["water_level_m is in m, not cm", 'unit: "m"'],
  ],
  [
    "a limit in another unit",
    rule("high", `${level}\nlevels:\n  - { priority: 1, limit: 230 }`),
    8,
    ["limit 230 can't be reached", "write the limit in m"],
  ],
  [
    "a limit with its unit",
    rule("high", `${level}\nlevels:\n  - { priority: 1, limit: 2.3 m }`),
    8,
    ['is the text "2.3 m"', "write the number alone"],
  ],
  [
    "a number kind on a text",
    rule("high", "quantity: ups_status\nlevels: [{ priority: 1, limit: 1 }]").replace(
      "measurement: water",
      "measurement: power",
    ),
    6,
    ["ups_status is a string", "write kind: state with equals or includes"],
  ],
  [
    "a state that its quantity can't have",
    rule("state", `${level}\nequals: ["high"]\npriority: 2`),
    7,
    ['"high" can\'t be a value of water_level_m', "a number without quotes"],
  ],
  [
    "words of a number",
    rule("state", `${level}\nincludes: [OB]\npriority: 2`),
    7,
    ["has no words: write equals"],
  ],
  ["a bit of a float", rule("state", `${level}\nbit: 3\npriority: 2`), 7, ["only an integer has"]],
  [
    "a state of nothing",
    rule("state", `${level}\npriority: 2`),
    3,
    ["needs equals, includes or bit"],
  ],
  [
    "a negative hysteresis",
    rule("high", `${level}\n${one}\nhysteresis: -0.05`),
    8,
    ["hysteresis is -0.05", "on the good side of the limit"],
  ],
  [
    "a hysteresis that never lets it end",
    rule("low", `${level}\n${one}\nhysteresis: 99`),
    8,
    ["it would never end"],
  ],
  [
    "levels that overlap by their hysteresis",
    rule(
      "high",
      `${level}\nhysteresis: 0.3\nlevels: [{ priority: 2, limit: 2.1 }, { priority: 1, limit: 2.3 }]`,
    ),
    7,
    ["hysteresis 0.3 is greater than the distance of 0.2", "write 0.2 or less"],
  ],
  [
    "levels that overlap by their clear",
    rule(
      "high",
      `${level}\nlevels:\n  - { priority: 2, limit: 2.1 }\n  - { priority: 1, limit: 2.3, clear: 2 }`,
    ),
    9,
    ["write a value between 2.1 and 2.3"],
  ],
  [
    "a clear on the wrong side",
    rule("low", `${level}\nlevels:\n  - { priority: 2, limit: 2.1, clear: 2 }`),
    8,
    ["clear 2 is on the wrong side of limit 2.1", "above 2.1"],
  ],
  [
    "levels out of order",
    rule(
      "high",
      `${level}\nlevels:\n  - { priority: 2, limit: 2.3 }\n  - { priority: 1, limit: 2.1 }`,
    ),
    9,
    ["limit 2.1 is not above 2.3", "from the mildest to the gravest"],
  ],
  [
    "levels out of order, downwards",
    rule("low", `${level}\nlevels:\n  - { priority: 2, limit: 1 }\n  - { priority: 1, limit: 2 }`),
    9,
    ["limit 2 is not below 1"],
  ],
  [
    "two levels with one limit",
    rule(
      "high",
      `${level}\nlevels:\n  - { priority: 2, limit: 2.3 }\n  - { priority: 1, limit: 2.3 }`,
    ),
    9,
    ["limit 2.3 is not above 2.3"],
  ],
  [
    "priorities that fall",
    rule(
      "high",
      `${level}\nlevels:\n  - { priority: 1, limit: 2.1 }\n  - { priority: 2, limit: 2.3 }`,
    ),
    9,
    ["priority 2 after 1", "write 1 or less"],
  ],
  [
    "an empty band",
    rule("outside", `${level}\nlevels:\n  - { priority: 2, low: 2, high: 1 }`),
    8,
    ["the band from 2 to 1 is empty"],
  ],
  [
    "bands out of order",
    rule(
      "outside",
      `${level}\nlevels:\n  - { priority: 2, low: 1, high: 4 }\n  - { priority: 1, low: 2, high: 3 }`,
    ),
    9,
    ["does not lie around"],
  ],
  [
    "a band with more hysteresis than room",
    rule("outside", `${level}\nhysteresis: 2\nlevels: [{ priority: 2, low: 1, high: 4 }]`),
    7,
    ["write 1.5 or less"],
  ],
  [
    "a band that holds all there is",
    rule("outside", `${level}\nlevels:\n  - { priority: 2, low: -9999, high: 9999 }`),
    8,
    ["is never outside"],
  ],
  [
    "a delay below the interval",
    rule("high", `${level}\n${one}\nonDelayMs: 1000`),
    8,
    ["1000 ms is below the 5000 ms between two readings of 82/29869", "5000 or more"],
  ],
  [
    "a level's delay below the interval",
    rule("high", `${level}\nlevels:\n  - { priority: 1, limit: 2.3, offDelayMs: 4999 }`),
    8,
    ["4999 ms is below the 5000 ms"],
  ],
  [
    "a window below the interval",
    rule("rate", `${level}\n${one}\nwindowMs: 1000`),
    8,
    ["write 5000 or more"],
  ],
  [
    "hours of no length",
    rule("high", `${level}\n${one}\nschedule: { from: "06:00", to: "06:00" }`),
    8,
    ["is no time at all"],
  ],
  [
    "a time of day that is none",
    rule("high", `${level}\n${one}\nschedule: { from: "6", to: "18:00" }`),
    8,
    ["such as '06:00'"],
  ],
  [
    "an unknown time zone",
    rule(
      "high",
      `${level}\n${one}\nschedule: { from: "06:00", to: "18:00", timeZone: Asia/Hanoi }`,
    ),
    8,
    ["there is no time zone Asia/Hanoi", "Asia/Ho_Chi_Minh"],
  ],
  [
    "silence by the hour",
    rule("stale", 'priority: 3\nschedule: { from: "06:00", to: "18:00" }'),
    7,
    ["leave schedule out"],
  ],
  [
    "a re-alarm step without a value",
    rule("stale", "priority: 3\nrearmStep: 1"),
    7,
    ["no value that could go further"],
  ],
  [
    "an unknown rule that suppresses",
    rule("high", `${level}\n${one}\nsuppressedBy: [my.rulle]`),
    8,
    ["my.rule, suppressedBy.0", "there is no rule my.rulle: did you mean my.rule?"],
  ],
  [
    "an unknown rule that is explained",
    rule("high", `${level}\n${one}\nexplains: { rules: [x], within: site }`),
    8,
    ["there is no rule x"],
  ],
  [
    "an unknown rule in a combination",
    rule("combination", "all: [my.rul]\npriority: 2"),
    6,
    ["there is no rule my.rul: did you mean my.rule?"],
  ],
  [
    "a silent rule that would suppress",
    `${rule("high", `${level}\n${one}\nsilent: true`, "a.silent")}${rule("high", `${level}\n${one}\nsuppressedBy: [a.silent]`)}`,
    20,
    ["a.silent is silent"],
  ],
  [
    "a silent rule that would explain",
    `${rule("stale", "priority: 3", "a.b")}${rule("high", `${level}\n${one}\nsilent: true\nexplains: { rules: [a.b], within: site }`)}`,
    19,
    ["a silent rule raises no alarm"],
  ],
  [
    "a combination of nothing",
    rule("combination", "none: [my.rule]\npriority: 2"),
    3,
    ["needs rules in all or any"],
  ],
  [
    "a share of one device",
    `${rule("stale", "priority: 3", "a.b")}${rule("combination", "all: [a.b]\nshare: 0.5\npriority: 2")}`,
    17,
    ["write within: site"],
  ],
  [
    "a cyclic combination",
    `${rule("combination", "all: [a.c]\npriority: 2", "a.b")}${rule("combination", "any: [a.b]\npriority: 2", "a.c")}`,
    3,
    ["a.b → a.c → a.b"],
  ],
  [
    "a rule that is its own cause",
    `${rule("high", `${level}\n${one}\nsuppressedBy: [a.c]`, "a.b")}${rule("high", `${level}\n${one}\nsuppressedBy: [a.b]`, "a.c")}`,
    3,
    ["a.b → a.c → a.b"],
  ],
  [
    "a rule that explains what explains it",
    `${rule("high", `${level}\n${one}\nexplains: { rules: [a.c], within: site }`, "a.b")}${rule("high", `${level}\n${one}\nexplains: { rules: [a.b], within: site }`, "a.c")}`,
    3,
    ["it is its own cause"],
  ],
  [
    "an unknown kind",
    rule("hihg", `${level}\n${one}`),
    4,
    ['there is no kind "hihg": did you mean high?'],
  ],
  [
    "an unknown field",
    rule("high", `${level}\n${one}\nonDelay: 1000`),
    8,
    ["no field onDelay: did you mean onDelayMs?"],
  ],
  [
    "a limit beside its levels",
    rule("high", `${level}\nlimit: 2.3\n${one}`),
    7,
    ["limit stands in a level"],
  ],
  ["a missing field", rule("high", level), 3, ["levels is missing"]],
  ["a priority that there isn't", rule("stale", "priority: 5"), 6, ["rules.0.priority"]],
  [
    "a device that can't be one",
    rule("stale", "priority: 3\ndevices: [muc-nuoc-01]"),
    7,
    ["province/unit/site/device"],
  ],
];

const changed = (change: string) => `${rule("high", `${level}\n${one}`)}changes:\n  - ${change}\n`;
const badChanges: [fault: string, change: string, parts: string[]][] = [
  [
    "an unknown rule",
    "{ rule: my.rull, set: { hysteresis: 1 } }",
    ["there is no rule my.rull to change: did you mean my.rule?"],
  ],
  [
    "an unknown field",
    "{ rule: my.rule, set: { histeresis: 1 } }",
    ["my.rule, histeresis", "did you mean hysteresis?"],
  ],
  ["a field of the levels", "{ rule: my.rule, set: { limit: 1 } }", ["limit stands in a level"]],
  ["another kind", "{ rule: my.rule, set: { kind: low } }", ["kind can't be changed"]],
  [
    "a wrong value",
    "{ rule: my.rule, set: { levels: [{ priority: 1, limit: 999 }] } }",
    ["limit 999 can't be reached"],
  ],
  ["a wrong type", "{ rule: my.rule, set: { onDelayMs: soon } }", ["my.rule, onDelayMs"]],
  [
    "a wrong value for one device",
    `{ rule: my.rule, devices: [${gauge}], set: { onDelayMs: 7 } }`,
    ["7 ms is below the 5000 ms"],
  ],
];

describe("rules as they are read", () => {
  test.each(good)("%s is in order", (_, rules) => {
    expect(saidOf(`rules:\n${rules}`)).toBe("");
  });

  test.each(bad)("%s is refused, with where and what to write instead", (_, rules, line, parts) => {
    const said = saidOf(`rules:\n${rules}`);
    expect(said).toContain(`mine.yaml:${line}: `);
    for (const part of parts) expect(said).toContain(part);
  });

  test.each(badChanges)("a change with %s is refused", (_, change, parts) => {
    const said = saidOf(`rules:\n${changed(change)}`);
    expect(said).toContain("mine.yaml:15: ");
    for (const part of parts) expect(said).toContain(part);
  });

  test("every fault is told at once", () => {
    const said = saidOf(
      `rules:\n${rule("high", `quantity: x\n${one}\nonDelayMs: 1\nsuppressedBy: [y]`)}`,
    );
    expect(said.split("\n")).toHaveLength(3);
  });

  test("a device that nobody has registered is odd, and hinders nothing", () => {
    const stranger = gauge.replace("01", "O1").toLowerCase();
    const rules = rule("stale", `priority: 3\ndevices: [${gauge}, ${stranger}]`);
    const { warnings } = loadCatalogue(rootWith(`rules:\n${rules}`));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /mine\.yaml:7: my\.rule: no device .*o1 is registered: did you mean/,
    );
  });
});

describe("what a ward changes", () => {
  const rules = (changes: string) =>
    `rules:\n${rule("high", `${level}\n${one}`)}changes:\n${changes}`;
  const limits = (root: string) =>
    loadCatalogue(root).rulesInForce.map((found) => [
      found.devices,
      "levels" in found && found.levels.map((each) => "limit" in each && each.limit),
      found.offDelayMs,
    ]);
  const set = (limit: number) => `levels: [{ priority: 1, limit: ${limit} }]`;

  test("for all devices takes the rule's place", () => {
    const changes = `  - { rule: my.rule, set: { ${set(3)}, offDelayMs: 60000 } }\n`;
    expect(limits(rootWith(rules(changes)))).toEqual([[undefined, [3], 60_000]]);
  });

  test("for some devices stands behind it, whatever is said of all of them later", () => {
    const changes = `  - { rule: my.rule, devices: [${gauge}], set: { ${set(4)} } }
  - { rule: my.rule, set: { offDelayMs: 60000 } }
  - { rule: my.rule, devices: [${gauge}], set: { offDelayMs: 5000 } }
`;
    expect(limits(rootWith(rules(changes)))).toEqual([
      [undefined, [2.3], 60_000],
      [[gauge], [4], 60_000],
      [[gauge], [4], 5000],
    ]);
  });

  test("a later root replaces a rule of the same id", () => {
    const first = rootWith(`rules:\n${rule("high", `${level}\n${one}`)}`);
    const second = rootWith(`rules:\n${rule("low", `${level}\n${one}`)}`);
    const { rules: found } = loadCatalogue(first, second);
    expect([...found.values()].map(({ kind }) => kind)).toEqual(["low"]);
  });
});
