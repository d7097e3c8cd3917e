import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { noInfluxd } from "../support/influxd.ts";
import { type GoalName, goals, reaches, reportRow } from "./goals.ts";
import { makeDevices, nextMessage, nextPoints } from "./load.ts";
import { table } from "./report.ts";
import { median, quantile } from "./statistics.ts";

const script = fileURLToPath(new URL("bench.ts", import.meta.url));
const skip = noInfluxd();

describe.skipIf(skip)(`npm run bench${skip ? ` (${skip})` : ""}`, () => {
  test("prints every goal with its value and limits, and says by its exit whether they hold", async () => {
    const { stdout, code } = await promisify(execFile)(process.execPath, [
      script,
      "--tiny",
      "--json",
    ]).then(
      ({ stdout }) => ({ stdout, code: 0 }),
      ({ stdout, code }) => ({ stdout, code }),
    );
    const rows = JSON.parse(stdout) as ReturnType<typeof reportRow>[];
    const expected = Object.values(goals).map(({ goal, good, aim }) => ({ goal, good, aim }));
    expect(rows.map(({ goal, good, aim }) => ({ goal, good, aim }))).toEqual(expected);
    for (const { value } of rows) expect(value).toBeGreaterThanOrEqual(0);
    expect(rows.find(({ goal }) => goal === goals.crash.goal)?.value).toBe(0);
    expect(code).toBe(rows.every(({ holds }) => holds) ? 0 : 1);
  });
});

test("a device's messages and points go on where the last one ended", () => {
  const [device] = makeDevices(1);
  if (!device) throw new Error("no device was made");
  const first = JSON.parse(nextMessage(device, 2, 1000));
  const second = JSON.parse(nextMessage(device, 2, 1000));
  const points = nextPoints(device, 2, 5000);
  const times = (samples: { ts: number }[]) => samples.map(({ ts }) => ts);
  expect([first.seq, ...times(first.samples)]).toEqual([1, 1000, 1001]);
  expect([second.seq, ...times(second.samples)]).toEqual([2, 1002, 1003]);
  expect(points.map(({ ts }) => ts)).toEqual([5000, 5001]);
});

test("the load has 3.6 readings a sample in the mean", () => {
  const devices = makeDevices(2000);
  expect(devices.reduce((sum, { names }) => sum + names.length, 0) / devices.length).toBe(3.6);
});

test.each<[GoalName, number, boolean]>([
  ["rateMany", 0.69, false],
  ["rateMany", 0.7, true],
  ["cpuMany", 1.01, false],
  ["cpuMany", 1, true],
  ["crash", 0, true],
  ["crash", 1, false],
])("%s of %d holds: %s", (name, value, holds) => {
  expect(reaches(name, value, goals[name].good)).toBe(holds);
  expect(reportRow({ name, value, about: "" }).holds).toBe(holds);
});

test("the table says how far what is aimed at is", () => {
  const text = table([
    { name: "rateMany", value: 0.45, about: "a" },
    { name: "cpuOne", value: 1.5, about: "b" },
    { name: "crash", value: 2, about: "c" },
    { name: "latency", value: 9, about: "d" },
  ]);
  expect(text).toContain("2.00 times away");
  expect(text).toContain("1.50 times away");
  expect(text).toContain("2 too many");
  expect(text).toMatch(/9\.0 ms .* reached/);
});

test.each([
  [[3, 1, 2], 0.5, 2],
  [[3, 1, 2], 0.99, 3],
  [[7], 0, 7],
])("quantile of %j at %d is %d", (values, part, expected) => {
  expect(quantile(Float64Array.from(values).sort(), part)).toBe(expected);
  if (part === 0.5) expect(median(values)).toBe(expected);
});
