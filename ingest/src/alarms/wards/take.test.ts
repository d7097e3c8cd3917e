import type { Alarm, AlarmTransition } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { gauge, registryOf } from "../../../../test/support/registry.ts";
import type { Alarms } from "../alarms.ts";
import { capNotes } from "../announce/cap-history.ts";
import { waitingAfter } from "../announce/unanswered.ts";
import { wantsOf } from "../announce/wants.ts";
import type { Change } from "../book.ts";
import { openAlarms } from "../engine.ts";
import { Refusal } from "../operate.ts";
import { makeRule } from "../rule.fixture.ts";
import { lateAfterMs } from "./take.ts";

const ward = "82/29869";
const device = gauge.identity;
const registry = registryOf(gauge);
const t0 = 1_790_000_000_000;
let clock = t0;
let folder: TemporaryFolder;
let alarms: Alarms;

/** An engine with a rule of its own, and for the unit of the gauge, with `own`, that rule; without, none. */
function open(own = false): void {
  const rule = makeRule({ kind: "high", levels: [{ priority: 1, limit: 2 }] });
  alarms = openAlarms(`${folder.path}/alarms.db`, {
    ...{ rules: [rule], registry, now: () => clock, log: pino({ level: "silent" }) },
    ...{ metrics: new Metrics(), latenessMs: 0 },
    tenants: new Map(own ? [] : [[ward, { rulesInForce: [] }]]),
  });
}
beforeEach(() => {
  clock = t0;
  folder = temporaryFolder();
  open();
});
afterEach(() => {
  alarms.close();
  folder[Symbol.dispose]();
});

const line = (at: number, event: AlarmTransition["event"], state: Alarm["state"]) => ({
  ...{ at, event, state, value: 3, actor: null, comment: null },
});
/** An alarm as the unit's station has it after each of these transitions. */
function history(id: string, ...lines: readonly AlarmTransition[]): Alarm[] {
  const text = { vi: "a", en: "a" };
  return lines.map(({ at, state }, index) => ({
    ...{ id, device, rule: "test.rule", priority: 1, state, active: state !== "normal" },
    ...{ raisedAt: at, clearedAt: null, acknowledgedAt: null, shelvedUntil: null, value: 3 },
    ...{ limit: 2, quantity: "water_level_m", message: text, cause: text, action: text },
    ...{ version: index + 1, history: lines.slice(0, index + 1) },
  }));
}
const take = (of: readonly Alarm[], settled = false): boolean[] =>
  of.map((alarm) => alarms.take(alarm, { ward, settled }));
const feed = (position: number, value: number): void => {
  const known = registry.find(device);
  if (!known) throw new Error("not registered");
  const fields = [{ name: "water_level_m", type: "float", value, flag: 2 }] as const;
  const samples = [{ series: known.series, ts: clock, fields }];
  alarms.feed(position, [{ device: known, samples, receivedAt: clock, index: 0, agent: null }]);
  clock += 60_000;
  alarms.tick();
};
const listed = () => alarms.list({ visible: () => true }).map((json) => JSON.parse(json) as Alarm);

const name = { vi: "a", en: "a" };
const order = { agency: "82/29869/to", label: name, place: name, instruction: "x" };
const raised = line(t0 - 3_600_000, "raise", "unacknowledged");
const acknowledged = line(t0 - 10, "acknowledge", "acknowledged");

test("what another station has judged is here as it was there, once, and marked where it is late", () => {
  const all = history("a", raised, acknowledged);
  expect(take([...all, ...all])).toEqual([true, true, false, false]);
  const found = alarms.get("a");
  expect(found).toMatchObject({ ward, state: "acknowledged", version: 2 });
  expect(found?.history).toEqual([
    { ...raised, receivedAt: t0, late: true },
    { ...acknowledged, receivedAt: t0 },
  ]);
  expect(JSON.parse(alarms.after(1, 1)[0]?.json ?? "").history).toEqual(found?.history);
});

test("late is what came more than a minute after it happened", () => {
  const at = (ms: number) => line(t0 - ms, "comment", "unacknowledged");
  take(history("a", at(lateAfterMs + 1), at(lateAfterMs)));
  expect(alarms.get("a")?.history.map(({ late }) => late)).toEqual([true, undefined]);
});

test("of a unit with a station of its own nothing is judged here, before a restart or after it", () => {
  feed(1, 5);
  expect(listed()).toEqual([]);
  take(history("a", raised));
  alarms.close();
  open();
  clock += 86_400_000;
  feed(2, 1);
  expect(listed()).toMatchObject([{ id: "a", state: "unacknowledged", active: true, version: 1 }]);
  expect(listed()[0]?.marks).toEqual(["stale"]);
});

test("an alarm that was judged here ends with the first of the other station for the same rule", () => {
  alarms.close();
  open(true);
  feed(1, 5);
  const [own] = listed();
  expect(own).toMatchObject({ state: "unacknowledged" });
  alarms.close();
  open();
  take(history("a", raised));
  const open_ = listed().filter(({ state }) => state !== "normal");
  expect(open_.map(({ id }) => id)).toEqual(["a"]);
  expect(alarms.get(own?.id ?? "")?.history.at(-1)).toMatchObject({
    ...{ event: "clear", state: "normal", comment: `the station of ${ward} judges this device` },
  });
});

test("when its unit has no station any more it is over, and the rule is judged here again", () => {
  take(history("a", raised));
  alarms.letGo([ward]);
  expect(alarms.get("a")).toMatchObject({ state: "unacknowledged" });
  alarms.letGo([]);
  expect(alarms.get("a")).toMatchObject({ state: "normal", active: false, version: 2 });
  alarms.close();
  open(true);
  feed(1, 5);
  expect(listed().map(({ state, ward: of }) => [state, of])).toEqual([
    ["unacknowledged", undefined],
    ["normal", ward],
  ]);
});

test("nobody here may do anything with it, and the answer says who may", () => {
  take(history("a", raised));
  const calls = [
    () => alarms.operate("a", { kind: "acknowledge", comment: null }, { actor: "t", version: 1 }),
    () =>
      alarms.dispatches.assign(
        "a",
        { ...order, deadline: { inMs: 3_600_000 } },
        { actor: "t", scope: "*" },
      ),
  ];
  for (const call of calls) {
    expect(call).toThrow(Refusal);
    expect(call).toThrow(ward);
  }
  expect(alarms.get("a")?.version).toBe(1);
});

test("what was settled when it came late calls nobody; what still stands does; nothing is escalated here", () => {
  const changes: Change[] = [];
  alarms.subscribe((change) => changes.push(change));
  take(history("settled", raised), true);
  take(history("standing", { ...raised, at: t0 - 7_200_000 }), false);
  const unanswered = line(t0, "unanswered", "unacknowledged");
  take(history("told", line(t0, "raise", "unacknowledged"), { ...unanswered, comment: "sms" }));
  const wants = wantsOf({ kind: "email", name: "sms", hidden: false });
  // One rule and device has one alarm at a time: what takes its place ends the one before.
  const news = changes.map((change) => JSON.parse(change.json) as Alarm);
  const wanted = news.filter((_, at) => wants(changes[at] as Change));
  expect(wanted.map(({ id, history: h }) => `${id} ${h.at(-1)?.event}`)).toEqual([
    "settled clear",
    "standing raise",
    "standing clear",
    "told raise",
  ]);
  expect(news.map((alarm) => waitingAfter(alarm, undefined, t0))).toEqual(news.map(() => null));
  expect(alarms.floods(() => true)).toMatchObject([{ count: 1 }]);
});

test("CAP cancels what it told, and speaks of nothing that had been settled", () => {
  const late = { late: true, settled: true } as const;
  const cleared = line(t0, "clear", "returned");
  expect(
    capNotes([
      { ...raised, ...late },
      { ...cleared, ...late },
    ]),
  ).toEqual([]);
  const notes = capNotes([raised, { ...cleared, ...late }]);
  expect(notes.map(({ type }) => type)).toEqual(["Alert", "Cancel"]);
});
