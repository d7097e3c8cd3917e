import { expect, test } from "vitest";
import { type Around, contradicts } from "./late.ts";
import { makeRule } from "./rule.fixture.ts";

const device = { intervalMs: 1000 };
const rule = makeRule({
  kind: "high",
  levels: [
    { limit: 2, priority: 3 },
    { limit: 3, priority: 1, onDelayMs: 5000 },
  ],
  hysteresis: 0.5,
  onDelayMs: 10_000,
  offDelayMs: 20_000,
});
const never: Around = { level: null, next: undefined, since: [] };
const raised: Around = { level: null, next: { at: 100_000, level: 0 }, since: [] };
const graver: Around = { level: 0, next: { at: 100_000, level: 1 }, since: [] };
const cleared: Around = { level: 0, next: { at: 100_000, level: null }, since: [] };
const running: Around = { level: null, next: undefined, since: [95_000, null] };

test.each<[string, Around, number, number, "was" | "turning" | null]>([
  ["calm, and it says so too", never, 50_000, 1, null],
  ["calm, and it says otherwise", never, 50_000, 2.5, "was"],
  ["long before a raise", raised, 50_000, 2.5, "was"],
  ["in the delay of a raise, as the others", raised, 95_000, 2.5, null],
  ["in the delay of a raise, below the limit", raised, 95_000, 1.9, "turning"],
  ["in the delay of the graver level, not so grave", graver, 97_000, 2.5, "turning"],
  ["in the delay of the graver level, as grave", graver, 97_000, 3.5, null],
  ["before it, as grave", graver, 90_000, 3.5, "was"],
  ["in the delay of an end, back above it", cleared, 85_000, 2.5, "turning"],
  ["in the delay of an end, within the hysteresis", cleared, 85_000, 1.7, "turning"],
  ["in the delay of an end, as the others", cleared, 85_000, 1, null],
  ["before it, below", cleared, 75_000, 1, "was"],
  ["in a delay that is still running, as the others", running, 97_000, 2.5, null],
  ["in a delay that is still running, below the limit", running, 97_000, 1, "turning"],
])("a late reading %s", (_, around, ts, value, expected) => {
  expect(contradicts(rule, device, around, ts, value)).toBe(expected);
});

test("a late state would have interrupted its delay", () => {
  const state = makeRule({
    kind: "state",
    quantity: "ups_status",
    includes: ["OB"],
    onDelayMs: 5000,
    priority: 2,
  });
  const around: Around = { level: null, next: { at: 9000, level: 0 }, since: [] };
  expect(contradicts(state, device, around, 6000, "OL")).toBe("turning");
  expect(contradicts(state, device, around, 6000, "OB DISCHRG")).toBeNull();
  expect(contradicts(state, device, around, 2000, "OB DISCHRG")).toBe("was");
});

test("a kind that needs more than one reading contradicts nothing", () => {
  const rate = makeRule({ kind: "rate", windowMs: 60_000, levels: [{ limit: 1, priority: 3 }] });
  expect(contradicts(rate, device, never, 1, 100)).toBeNull();
});

test("outside the hours of its rule a late reading says nothing", () => {
  const schedule = { from: "06:00", to: "18:00", timeZone: "UTC" };
  const daily = makeRule({
    ...{ kind: "high", levels: [{ limit: 2, priority: 3 }], onDelayMs: 3_600_000, schedule },
  });
  const at = Date.parse("2026-01-01T18:30:00Z");
  const around: Around = { level: null, next: { at: at + 60_000, level: 0 }, since: [] };
  expect(contradicts(daily, device, around, at, 1)).toBeNull();
});
