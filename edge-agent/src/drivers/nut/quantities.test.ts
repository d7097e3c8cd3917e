import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { noSharedData, sharedLines } from "../../../../test/support/shared-data.ts";
import { wordsOf } from "./line.ts";
import { numberOf } from "./number.ts";
import { doubts } from "./plausible.ts";
import { quantities, type Reading, readVariables } from "./quantities.ts";
import { readStatus, type UpsState } from "./status.ts";

const now = Date.UTC(2026, 10, 22);

interface Case {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly expected: Pick<Reading, "values" | "qc">;
}
const golden = JSON.parse(
  readFileSync(fileURLToPath(new URL("golden/cases.json", import.meta.url)), "utf8"),
) as Case[];

test.each(golden)("golden: $name", ({ variables, expected }) => {
  const { values, qc } = readVariables(new Map(Object.entries(variables)), now, []);
  expect({ values, qc }).toEqual(expected);
});

test("a contradiction that an engineer has measured is passed over, an impossibility is not", () => {
  const variables = new Map([
    ["ups.status", "OL"],
    ["battery.voltage", "26.6"],
    ["battery.voltage.nominal", "12"],
    ["battery.charge", "120"],
  ]);
  expect(doubts(variables, now, []).get("battery.voltage")?.flag).toBe(3);
  const trusted = doubts(variables, now, ["battery.voltage", "battery.charge"]);
  expect([...trusted.keys()]).toEqual(["battery.charge"]);
});

test.each<[string | undefined, UpsState, boolean | undefined, boolean | undefined]>([
  ["OL", "ok", true, false],
  ["OL CHRG", "ok", true, false],
  ["OL TRIM", "ok", true, false],
  ["OB", "on_battery", false, true],
  ["OB DISCHRG", "on_battery", false, true],
  ["OB LB", "critical", false, true],
  ["LB OB DISCHRG RB", "critical", false, true],
  ["FSD OL", "critical", true, false],
  ["OL RB", "replace_battery", true, false],
  ["OL OVER", "overload", true, false],
  ["OB OVER", "overload", false, true],
  ["ALARM OL", "alarm", true, false],
  ["ALARM OB", "on_battery", false, true],
  ["OL BYPASS", "bypass", true, false],
  ["OL OFF", "off", true, false],
  ["OFF", "off", undefined, undefined],
  ["OL CHRG LB", "low_battery", true, false],
  ["OL CAL DISCHRG", "calibrating", true, false],
  ["OB CAL", "calibrating", undefined, true],
  ["OL OB", "contradictory", undefined, undefined],
  ["OL DISCHRG OB", "contradictory", undefined, undefined],
  ["OL DISCHRG", "contradictory", undefined, undefined],
  ["OL CHRG DISCHRG", "contradictory", undefined, undefined],
  ["", "unknown", undefined, undefined],
  ["  ", "unknown", undefined, undefined],
  [undefined, "unknown", undefined, undefined],
  ["WAIT", "unknown", undefined, undefined],
  ["OL SINGING", "unknown", true, false],
])("the status %s is %s", (text, state, mainsPresent, onBattery) => {
  expect(readStatus(text)).toMatchObject({ state, mainsPresent, onBattery });
});

test("a line is taken apart as upsd puts it together", () => {
  expect(wordsOf('VAR ups ups.alarm "a \\"b\\" c\\\\d"')).toEqual([
    "VAR",
    "ups",
    "ups.alarm",
    'a "b" c\\d',
  ]);
  expect(wordsOf('VAR ups ups.status ""')).toEqual(["VAR", "ups", "ups.status", ""]);
  expect(() => wordsOf('VAR ups ups.status "OL')).toThrow("stays open");
});

interface Dump {
  readonly file: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly maintainer_notes?: Readonly<Record<string, string>>;
}

describe.skipIf(noSharedData())("356 recorded dumps", () => {
  const dumps = noSharedData() ? [] : sharedLines<Dump>("ups-nut/dumps.jsonl");

  test("every status is what its words say, and unknown where there are none", () => {
    const states = new Map<UpsState, number>();
    for (const { vars } of dumps) {
      const text = vars["ups.status"];
      const words = (text ?? "").split(/\s+/).filter(Boolean);
      const { status, values, qc } = readVariables(new Map(Object.entries(vars)), now, []);
      states.set(status.state, (states.get(status.state) ?? 0) + 1);
      expect(status.strange).toEqual([]);
      expect(values.ups_status ?? "").toBe(text?.trim() ?? "");
      if (words.length === 0) expect([status.state, qc.ups_status]).toEqual(["unknown", 9]);
      if (words.join() === "OL") expect(status.state).toBe("ok");
      if (words.includes("OB")) {
        expect(values.on_battery).toBe(true);
        expect(status.state).toBe(words.includes("LB") ? "critical" : "on_battery");
      }
      if (words.includes("RB")) expect(status.state).toBe("replace_battery");
      if (words.includes("ALARM")) expect(status.state).not.toBe("ok");
      if (words.includes("OL") && words.includes("DISCHRG"))
        expect(status.state).toBe("contradictory");
    }
    expect(dumps).toHaveLength(356);
    expect(Object.fromEntries(states)).toEqual({
      ok: 310,
      on_battery: 12,
      low_battery: 5,
      bypass: 5,
      off: 9,
      alarm: 4,
      critical: 3,
      replace_battery: 1,
      unknown: 5,
      contradictory: 2,
    });
  });

  test("every number that is read is the dump's own, with its flag", () => {
    for (const { vars } of dumps) {
      const { values, qc } = readVariables(new Map(Object.entries(vars)), now, []);
      for (const [quantity, names] of Object.entries(quantities)) {
        const variable = names.find((name) => name in vars);
        const value = variable === undefined ? undefined : numberOf(vars[variable]);
        expect(values[quantity]).toBe(value);
        expect(qc[quantity] === 9).toBe(variable !== undefined && value === undefined);
      }
    }
  });

  test("marked values are flagged, others hardly ever", () => {
    const read = new Set(Object.values(quantities).flat());
    const count = () => ({ all: 0, flagged4: 0, flagged3: 0 });
    const table = {
      "marked, read": count(),
      "marked, not read": count(),
      "others, read": count(),
      "others, not read": count(),
    };
    const missed: string[] = [];
    const rules = new Map<string, number>();
    for (const { file, vars, maintainer_notes: notes = {} } of dumps) {
      const found = doubts(new Map(Object.entries(vars)), now, []);
      for (const [name, text] of Object.entries(vars)) {
        if (numberOf(text) === undefined) continue;
        const marked = notes[name]?.startsWith("BAD") ?? false;
        const row =
          table[`${marked ? "marked" : "others"}, ${read.has(name) ? "read" : "not read"}`];
        const doubt = found.get(name);
        row.all += 1;
        if (doubt?.flag === 4) row.flagged4 += 1;
        else if (doubt) row.flagged3 += 1;
        if (marked && !doubt) missed.push(`${file.split("/")[1]} ${name}=${text}: ${notes[name]}`);
        if (!marked && doubt) {
          const rule = `${name.replace(/\.(high|low|nominal).*$/, "")} ${doubt.flag}`;
          rules.set(rule, (rules.get(rule) ?? 0) + 1);
        }
      }
    }
    const share = (row: ReturnType<typeof count>) =>
      `${((100 * (row.flagged4 + row.flagged3)) / row.all).toFixed(1)} %`;
    console.table(
      Object.entries(table).map(([variables, row]) => ({ variables, ...row, share: share(row) })),
    );
    console.log(`Marked and not flagged:\n${missed.join("\n")}`);
    console.log(
      "Flagged and not marked:",
      Object.fromEntries([...rules].sort((a, b) => b[1] - a[1])),
    );
    expect(table["marked, read"]).toMatchObject({ all: 42, flagged4: 14, flagged3: 19 });
    expect(missed.length).toBeLessThanOrEqual(13);
    const others = table["others, read"];
    const otherwise = table["others, not read"];
    expect(
      others.flagged3 + others.flagged4 + otherwise.flagged3 + otherwise.flagged4,
    ).toBeLessThan(0.02 * (others.all + otherwise.all));
  });
});
