import { LoadingState } from "@grafana/data";
import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { anAlarm } from "../an-alarm.fixture.ts";
import { timeText } from "../shared/time-text.ts";
import { defaults } from "./options.ts";
import { begin, element, ids, openList, press, row, rows } from "./panel.fixture.tsx";

beforeEach(begin);

test("an alarm is told in Vietnamese with its level, time, place and priority", () => {
  render(element({}));
  row().getByText("Mực nước vượt báo động III");
  expect(rows()[0]!.querySelector(".kenh-reading")?.textContent).toBe(
    "2,33\u00a0m (vượt BĐ III 3 cm)",
  );
  expect(rows()[0]).toHaveTextContent("Cầu Cao Lãnh · Mực nước sông Tiền");
  row().getByText("22/11/2026 17:05:09");
  row().getByText("Chưa xác nhận");
  row().getByText("Khẩn cấp");
  row().getByText("1");
});

test("and in English, switched live by mouse and by key", () => {
  const onOptionsChange = vi.fn();
  render(element({ options: { language: "en" }, onOptionsChange }));
  row().getByText("Water level above alarm level III");
  expect(rows()[0]).toHaveTextContent("Cao Lãnh bridge · Tiền river level");
  row().getByText("Unacknowledged");
  fireEvent.click(screen.getByRole("button", { name: "Tiếng Việt" }));
  row().getByText("Chưa xác nhận");
  expect(onOptionsChange).toHaveBeenLastCalledWith({ ...defaults, language: "vi" });
  rows()[0]!.focus();
  press("l");
  row().getByText("Unacknowledged");
});

test.each([
  ["unacknowledged", "Chưa xác nhận", /^Đang diễn ra/, "Xác nhận"],
  ["acknowledged", "Đã xác nhận", /^Đang diễn ra/, undefined],
  ["returned", "Đã hết, chưa xác nhận", /^Đang diễn ra/, "Xác nhận"],
  ["shelved", "Tạm ẩn", /^Tạm ẩn/, "Bỏ tạm ẩn"],
  ["suppressed", "Bị chặn", /^Bị chặn/, undefined],
  ["out-of-service", "Ngừng vận hành", /^Ngừng vận hành/, "Đưa vào vận hành"],
] as const)(
  "the state %s is said in words, on its list, and offers what it may",
  (state, word, list, offered) => {
    render(element({ alarms: [anAlarm({ state })] }));
    openList(list);
    row().getByText(word);
    const buttons = row()
      .getAllByRole("button")
      .map((button) => button.textContent);
    expect(buttons.filter(Boolean)).toEqual(offered ? [offered] : []);
  },
);

test("alarms stand by priority, then newest; what is put aside or normal is not among them", () => {
  const alarms = [
    anAlarm({ id: "low", priority: 4, raisedAt: 9 }),
    anAlarm({ id: "old", priority: 2, raisedAt: 1 }),
    anAlarm({ id: "normal", state: "normal" }),
    anAlarm({ id: "aside", priority: 1, state: "shelved" }),
    anAlarm({ id: "new", priority: 2, raisedAt: 2 }),
  ];
  render(element({ alarms }));
  expect(ids()).toEqual(["new", "old", "low"]);
});

test("what an alarm explains is listed under it, and says so on its own list", () => {
  const alarms = [
    anAlarm({ id: "mains", message: { vi: "Mất điện lưới", en: "Mains lost" } }),
    anAlarm({ id: "b", state: "suppressed", suppressedBy: "mains", priority: 3 }),
    anAlarm({ id: "c", state: "suppressed", suppressedBy: "b", priority: 4 }),
    anAlarm({ id: "round", state: "suppressed", suppressedBy: "round" }),
  ];
  render(element({ alarms }));
  expect(ids()).toEqual(["mains"]);
  fireEvent.click(row().getByRole("button", { name: "giải thích 2 cảnh báo" }));
  expect(ids()).toEqual(["mains", "b", "c"]);
  openList(/^Bị chặn 3/);
  within(rows()[1]!).getByText("Do: Mất điện lưới");
});

test("a flood is one row a site, and never hides the first priority", () => {
  const alarms = Array.from({ length: 12 }, (_, index) =>
    anAlarm({
      id: `a${index}`,
      device: `82/29869/site-${index % 2}/d-${index}`,
      priority: index === 5 ? 1 : 3,
      raisedAt: Date.now() - index * 1000,
    }),
  );
  const { rerender } = render(element({ alarms, freshness: { floods: null } }));
  screen.getByText(/^Bão cảnh báo: 12 cảnh báo/);
  expect(ids()).toEqual(["a5", "site Cầu Cao Lãnh"]);
  fireEvent.click(within(rows()[1]!).getByRole("button"));
  expect(ids()).toContain("a0");
  expect(rows()[12]!.textContent).toContain("Đầu tiên");
  const flood = { unit: "82/29869", active: true, since: 1, count: 77 };
  rerender(element({ alarms, freshness: { floods: [flood] } }));
  screen.getByText(/^Bão cảnh báo: 77 cảnh báo/);
  rerender(element({ alarms, freshness: { floods: [{ ...flood, active: false }] } }));
  expect(screen.queryByText(/^Bão cảnh báo/)).toBeNull();
});

test("of a thousand alarms no more rows are drawn than are seen", () => {
  const alarms = Array.from({ length: 1000 }, (_, index) =>
    anAlarm({ id: `a${index}`, raisedAt: 1 }),
  );
  render(element({ alarms }));
  expect(rows().length).toBeLessThanOrEqual(60);
  expect(rows()[0]).toHaveAttribute("aria-setsize", "1000");
});

test("the wall has nothing to press, pages by itself, and keeps the first priority", () => {
  const alarms = Array.from({ length: 40 }, (_, index) =>
    anAlarm({ id: `a${index}`, priority: index === 7 ? 1 : 3, raisedAt: 1 }),
  );
  vi.useFakeTimers({ now: 0 });
  try {
    render(element({ alarms, options: { display: "wall", pageS: 10 }, freshness: { floods: [] } }));
    const shown = () =>
      [...document.querySelectorAll<HTMLElement>(".kenh-wall-row")].map((one) => one.dataset["id"]);
    const first = shown();
    expect(first[0]).toBe("a7");
    expect(document.querySelector("button, input, a, [tabindex]")).toBeNull();
    act(() => vi.advanceTimersByTime(10_000));
    expect(shown()[0]).toBe("a7");
    expect(shown().slice(1)).not.toEqual(first.slice(1));
    screen.getByText(/^Trang 2\//);
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  ["82/29869", ["a"]],
  ["29869", ["a"]],
  ["8", []],
  ["", ["a", "b"]],
])("of the unit %j are shown %j", (unit, found) => {
  const alarms = [
    anAlarm({ id: "a", device: "82/29869/s/d" }),
    anAlarm({ id: "b", device: "82/30001/s/d" }),
  ];
  render(element({ alarms, options: { unit } }));
  expect(ids()).toEqual(found);
});

test.each([
  ["an element", "<img src=x onerror=alert(1)>"],
  ["a script", "</p><script>alert(1)</script>"],
  ["a template", "{{constructor.constructor('alert(1)')()}}"],
  ["right-to-left marks", "\u202egnitnuoc\u202d 100%"],
  ["a variable of Grafana", "$" + "{__value.raw}"],
  ["stacked marks", "A\u0309\u0337\u0316".repeat(70)],
])("a hostile text is only text: %s", (_name, text) => {
  const both = { vi: text, en: text };
  const alarm = anAlarm({ id: text, message: both, action: both, cause: both, rule: text });
  const { container } = render(element({ alarms: [{ ...alarm, owner: both, consequence: both }] }));
  rows()[0]!.focus();
  press("Enter");
  expect(container.querySelector(".kenh-details")).not.toBeNull();
  expect(container.querySelector("img, script, iframe")).toBeNull();
  expect(container.querySelector(".kenh-message")?.textContent).toBe(text);
});

test("a text without end is cut, and no character is cut in two", () => {
  const both = { vi: `a${"\u{1f30a}".repeat(5_000)}`, en: "" };
  const { container } = render(element({ alarms: [anAlarm({ message: both })] }));
  expect(container.querySelector(".kenh-message")?.textContent).toBe(
    `a${"\u{1f30a}".repeat(149)}…`,
  );
});
test("no alarm is said as such, with the time it was true", () => {
  render(element({ alarms: [] }));
  screen.getByText("Không có cảnh báo");
  screen.getByText(/^tính đến \d\d:\d\d:\d\d$/);
});

test.each([
  ["its frame", { freshness: { connected: false } }],
  ["its state", { state: LoadingState.Error }],
])("a source that is cut says so by %s, with the time of the last word", (_by, shown) => {
  const heardAt = Date.now();
  render(
    element({ ...shown, freshness: { heardAt, ...("freshness" in shown ? shown.freshness : {}) } }),
  );
  expect(screen.getByRole("alert")).toHaveTextContent(
    `Mất kết nối với trạm từ ${timeText(heardAt)}`,
  );
});

test("a source that falls silent is said to be cut without any new data", () => {
  vi.useFakeTimers();
  try {
    const { rerender } = render(element({}));
    act(() => vi.advanceTimersByTime(4_000));
    expect(screen.queryByRole("alert")).toBeNull();
    act(() => vi.advanceTimersByTime(2_000));
    expect(screen.getByRole("alert")).toHaveTextContent("Mất kết nối với trạm từ");
    rerender(element({}));
    expect(screen.queryByRole("alert")).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  [{ heardAt: null, connected: false }, "Chưa nhận được dữ liệu từ trạm."],
  [{ heardAt: null, connected: false, refused: 403 }, "Bạn không có quyền xem cảnh báo"],
  [{ refused: 502 }, "Trạm trả lời lỗi 502"],
  [{ newestReadingAt: Date.now() - 400_000 }, "Không có số đo mới của thiết bị nào từ"],
  [{ garbledAt: Date.now() }, "Trạm gửi dữ liệu không đọc được lúc"],
  [{ unreadable: 2 }, "2 cảnh báo không đọc được"],
  [{ skewMs: -180_000 }, "Đồng hồ của máy này lệch 3 phút so với trạm."],
])("a banner warns: %j", (freshness, text) => {
  render(element({ freshness }));
  expect(screen.getByRole("alert")).toHaveTextContent(text);
});
