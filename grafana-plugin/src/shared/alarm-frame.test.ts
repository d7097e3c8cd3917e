import { createDataFrame } from "@grafana/data";
import { expect, test } from "vitest";
import { anAlarm } from "../an-alarm.fixture.ts";
import { alarmsToFrame, framesToAlarms, nameAlarm } from "./alarm-frame.ts";

test("what goes into a frame comes back whole", () => {
  const words = new Map([
    [
      "82/29869/cau-cao-lanh/muc-nuoc-01",
      {
        label: { vi: "Mực nước sông Tiền", en: "Tiền river level" },
        siteLabel: { vi: "Cầu Cao Lãnh", en: "Cao Lãnh bridge" },
        units: { water_level_m: "m" },
      },
    ],
  ]);
  const named = [
    anAlarm({
      marks: ["stale", "chattering"],
      suppressedBy: "b",
      dispatch: {
        ...{ id: "d", agency: "82/so-nnmt", label: { vi: "Sở", en: "Dept" }, state: "accepted" },
        ...{ deadline: 5, overdue: true, late: false },
      },
      owner: { vi: "Trực ban", en: "Operator" },
      consequence: { vi: "Ngập", en: "Flooding" },
      history: [
        { at: 1, event: "shelve", state: "shelved", value: 1, actor: "An", comment: "bảo trì" },
        {
          ...{ at: 2, event: "dispatch", state: "shelved", value: 1, actor: "Lan" },
          comment: "Sở: xem",
        },
        { at: 2, event: "clear", state: "shelved", value: 1, actor: null, comment: null },
      ],
    }),
    anAlarm({ id: "b", device: "82/29869/ioc/ups-01", quantity: "load_pct" }),
  ].map((alarm) => nameAlarm(alarm, words));
  expect(named[0]).toMatchObject({ by: "An", reason: "bảo trì", stale: true, chattering: true });
  const { alarms, unreadable, freshness } = framesToAlarms([
    alarmsToFrame(named, { heardAt: 1_790_000_000_000 }),
  ]);
  expect(unreadable).toBe(0);
  expect(freshness.heardAt).toBe(1_790_000_000_000);
  expect(alarms).toHaveLength(2);
  for (const [index, alarm] of alarms.entries()) expect(named[index]).toMatchObject(alarm);
  expect(alarms[0]).toMatchObject({ unit: "m", siteLabel: { vi: "Cầu Cao Lãnh" } });
  expect(alarms[1]).toMatchObject({ unit: "", siteLabel: null, deviceLabel: null });
});

test("what has not changed since an earlier reading is the same object again", () => {
  const frame = (...versions: number[]) =>
    alarmsToFrame(
      versions.map((version) => nameAlarm(anAlarm({ id: `a${version}`, version }), new Map())),
      { heardAt: 1 },
    );
  const before = framesToAlarms([frame(1, 2)]).alarms;
  const after = framesToAlarms([frame(2, 3)], before).alarms;
  expect(after[0]).toBe(before[1]);
  const relabelled = nameAlarm(
    anAlarm({ id: "a2", version: 2 }),
    new Map([
      [
        "82/29869/cau-cao-lanh/muc-nuoc-01",
        { label: { vi: "Trạm", en: "" }, siteLabel: null, units: {} },
      ],
    ]),
  );
  const [alarm] = framesToAlarms([alarmsToFrame([relabelled], { heardAt: 1 })], before).alarms;
  expect(alarm?.deviceLabel?.vi).toBe("Trạm");
});

test("rows that are no alarms are counted, and their neighbours are read", () => {
  const good = { id: "a", device: "82/29869/s/d", priority: 2, state: "returned" };
  const rows = [
    good,
    { ...good, id: null },
    { ...good, priority: 5 },
    { ...good, state: "toString" },
    { ...good, device: 7 },
  ];
  const frame = createDataFrame({
    fields: ["id", "device", "priority", "state"].map((name) => ({
      name,
      values: rows.map((row) => row[name as keyof typeof row]),
    })),
  });
  const { alarms, unreadable } = framesToAlarms([frame]);
  expect(alarms.map(({ id }) => id)).toEqual(["a"]);
  expect(unreadable).toBe(4);
});
