import type { AlarmEvent, AlarmState } from "@kenh/schemas";
import { expect, test } from "vitest";
import { type KpiLine, kpisOf } from "./kpi.ts";

const hour = 3_600_000;
const day = 24 * hour;
const gauge = "82/29869/ubnd/muc-nuoc-01";
const camera = "82/1/cong-a/cam-01";

let alarms = 0;
function line(
  alarm: string,
  device: string,
  at: number,
  event: AlarmEvent,
  state: AlarmState,
  actor: string | null = null,
): KpiLine {
  return {
    alarm,
    device,
    rule: "rule.x",
    line: { at, event, state, value: 1, actor, comment: null },
  };
}
/** An alarm that is raised and, after a while, acknowledged. */
function answered(device: string, at: number, afterMs: number, actor: string): KpiLine[] {
  const id = `a${++alarms}`;
  return [
    line(id, device, at, "raise", "unacknowledged"),
    line(id, device, at + afterMs, "acknowledge", "acknowledged", actor),
  ];
}

test("nothing happened", () => {
  expect(kpisOf([], 0, day)).toEqual({
    from: 0,
    to: day,
    alarms: 0,
    per10Min: { mean: 0, most: 0 },
    floodShare: 0,
    toAcknowledge: { count: 0, medianMs: null, p90Ms: null },
    top: [],
    chattering: [],
    stale: [],
    units: [],
    operators: [],
  });
});

test("counts what is announced, by ten minutes, source, unit and operator", () => {
  const lines = [
    ...Array.from({ length: 12 }, (_, n) => answered(gauge, 1000 + n, (n + 1) * 1000, "lan")),
    answered(camera, 2 * hour, 50_000, "minh"),
  ].flat();
  const kpis = kpisOf(lines, 0, day);
  expect(kpis.alarms).toBe(13);
  expect(kpis.per10Min).toEqual({ mean: 13 / 144, most: 12 });
  expect(kpis.floodShare).toBe(1 / 144);
  expect(kpis.toAcknowledge).toEqual({ count: 13, medianMs: 7000, p90Ms: 12_000 });
  expect(kpis.top.map(({ device, count }) => [device, count])).toEqual([
    [gauge, 12],
    [camera, 1],
  ]);
  expect(kpis.units.map(({ unit, alarms: count }) => [unit, count])).toEqual([
    ["82/1", 1],
    ["82/29869", 12],
  ]);
  expect(kpis.operators).toEqual([
    { actor: "lan", count: 12, medianMs: 6000, p90Ms: 11_000 },
    { actor: "minh", count: 1, medianMs: 50_000, p90Ms: 50_000 },
  ]);
});

test("what is suppressed is no load; what was announced before the period is answered in it", () => {
  const kpis = kpisOf(
    [
      line("x", gauge, 10, "raise", "suppressed"),
      line("y", gauge, 20, "raise", "unacknowledged"),
      line("y", gauge, hour + 20, "acknowledge", "acknowledged", "lan"),
    ],
    hour,
    2 * hour,
  );
  expect(kpis).toMatchObject({ alarms: 0, toAcknowledge: { count: 1, medianMs: hour } });
});

test("names what chatters and what has been active for more than a day", () => {
  const kpis = kpisOf(
    [
      line("x", gauge, 10, "raise", "unacknowledged"),
      line("y", camera, day, "raise", "unacknowledged"),
      line("y", camera, day + 1, "clear", "returned"),
      line("y", camera, day + 2, "raise", "unacknowledged"),
    ],
    0,
    day + hour,
  );
  expect(kpis.stale.map(({ alarm }) => alarm)).toEqual(["x"]);
  expect(kpis.chattering.map(({ alarm }) => alarm)).toEqual(["y"]);
});
