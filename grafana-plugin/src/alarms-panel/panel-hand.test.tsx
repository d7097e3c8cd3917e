import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { anAlarm } from "../an-alarm.fixture.ts";
import { begin, element, ids, press, row, rows, station } from "./panel.fixture.tsx";

beforeEach(begin);

test("keys move the focus and act on the row in focus, never with a modifier", async () => {
  render(element({ alarms: [anAlarm(), anAlarm({ id: "second", priority: 2 })] }));
  rows()[0]!.focus();
  press("ArrowDown");
  await waitFor(() => expect(rows()[1]).toHaveFocus());
  press("a", { ctrlKey: true });
  expect(station.calls).toEqual([]);
  press("a");
  await waitFor(() => expect(station.calls[0]?.url).toContain("/operate/second/acknowledge"));
  expect(station.calls).toHaveLength(1);
});

test("a key acts on nothing while no row is in focus: the first may have changed under the hand", () => {
  render(element({}));
  screen.getByRole("tab", { name: /^Đang diễn ra/ }).focus();
  for (const key of ["a", "s", "o", "c", "u"]) press(key);
  expect(station.calls).toEqual([]);
  expect(document.querySelector("dialog")).toBeNull();
});

test("rows keep their places while one is marked; what is new waits, what is over stays", () => {
  const first = [anAlarm({ id: "a", priority: 2 }), anAlarm({ id: "b", priority: 3 })];
  const { rerender } = render(element({ alarms: first }));
  fireEvent.click(row().getByRole("checkbox"));
  rerender(element({ alarms: [anAlarm({ id: "new" }), anAlarm({ id: "a", priority: 2 })] }));
  expect(ids()).toEqual(["a", "b"]);
  within(rows()[1]!).getByText("Đã trở lại bình thường");
  fireEvent.click(screen.getByRole("button", { name: /1 cảnh báo khẩn cấp mới/ }));
  expect(ids()).toEqual(["new", "a"]);
});

test("search finds without accents, in any spelling", () => {
  const alarms = [
    anAlarm({ id: "a", message: { vi: "Ngập ở Hoà Long", en: "x" } }),
    anAlarm({ id: "b", message: { vi: "Đê bao", en: "y" } }),
  ];
  render(element({ alarms }));
  const box = screen.getByRole("searchbox");
  for (const [query, found] of [
    ["hòa long", ["a"]],
    ["de bao", ["b"]],
    ["cao lanh", ["a", "b"]],
    ["hoa de", []],
  ] as const) {
    fireEvent.change(box, { target: { value: query } });
    expect(ids()).toEqual(found);
  }
});
