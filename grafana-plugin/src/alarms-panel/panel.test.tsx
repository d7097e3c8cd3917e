import { EventBusSrv, LoadingState, type PanelProps } from "@grafana/data";
import {
  type BackendSrv,
  type BackendSrvRequest,
  setBackendSrv,
  setCurrentUser,
} from "@grafana/runtime";
import type { Alarm } from "@kenh/schemas";
import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { type Observable, of, Subject, throwError } from "rxjs";
import { beforeEach, expect, test, vi } from "vitest";
import { anAlarm } from "../an-alarm.fixture.ts";
import { alarmsToFrame, nameAlarms } from "../shared/alarm-frame.ts";
import { timeText } from "../shared/time-text.ts";
import { defaults, type Options } from "./options.ts";
import { AlarmsPanel } from "./panel.tsx";

const requests: BackendSrvRequest[] = [];
let answer: (request: BackendSrvRequest) => Observable<unknown>;

beforeEach(() => {
  requests.length = 0;
  answer = () => of({ data: anAlarm({ state: "acknowledged", version: 4 }) });
  setBackendSrv({
    fetch(request: BackendSrvRequest) {
      requests.push(request);
      return answer(request);
    },
  } as Partial<BackendSrv> as BackendSrv);
  setPermissions({ "kenh-ioc-app.alarms:operate": true });
});

// Grafana takes the user once, at its start.
const user = { permissions: {} as Record<string, boolean> };
setCurrentUser(user as Parameters<typeof setCurrentUser>[0]);

function setPermissions(permissions: Record<string, boolean>) {
  user.permissions = permissions;
}

interface Shown {
  alarms?: readonly Alarm[];
  options?: Partial<Options>;
  state?: LoadingState;
  heardAt?: number;
  onOptionsChange?: (options: Options) => void;
}

function element({ alarms = [anAlarm()], ...shown }: Shown) {
  const words = {
    label: { vi: "Mực nước sông Tiền", en: "Tiền river level" },
    siteLabel: { vi: "Cầu Cao Lãnh", en: "Cao Lãnh bridge" },
    units: { water_level_m: "m" },
  };
  const frame = alarmsToFrame(
    nameAlarms(alarms, new Map(alarms.map(({ device }) => [device, words]))),
    { heardAt: shown.heardAt ?? Date.now() },
  );
  const props = {
    data: { state: shown.state ?? LoadingState.Done, series: [frame] },
    options: { ...defaults, ...shown.options },
    onOptionsChange: shown.onOptionsChange ?? (() => undefined),
    eventBus: new EventBusSrv(),
  };
  return <AlarmsPanel {...(props as unknown as PanelProps<Options>)} />;
}

const rows = () => screen.getAllByRole("listitem");

test("an alarm is told in Vietnamese with its level, time, place and priority", () => {
  render(element({}));
  const row = within(rows()[0]!);
  row.getByText("Mực nước vượt báo động III");
  row.getByText(/2,33\sm \(vượt BĐ III 3 cm\)/);
  row.getByText("Cầu Cao Lãnh · Mực nước sông Tiền");
  row.getByText("22/11/2026 17:05:09");
  row.getByText("Chưa xác nhận");
  row.getByText("Khẩn cấp");
  row.getByText("1");
  row.getByText("Kiểm tra cống và trạm bơm");
});

test("and in English; the switch asks for the other language", () => {
  const onOptionsChange = vi.fn();
  render(element({ options: { language: "en" }, onOptionsChange }));
  const row = within(rows()[0]!);
  row.getByText("Water level above alarm level III");
  row.getByText(/2.33\sm \(3 cm above BĐ III\)/);
  row.getByText("Cao Lãnh bridge · Tiền river level");
  row.getByText("Unacknowledged");
  fireEvent.click(screen.getByText("Tiếng Việt"));
  expect(onOptionsChange).toHaveBeenCalledWith({ ...defaults, language: "vi" });
});

test.each([
  ["unacknowledged", "Chưa xác nhận", true],
  ["acknowledged", "Đã xác nhận", false],
  ["returned", "Đã hết, chưa xác nhận", true],
  ["shelved", "Tạm ẩn", false],
  ["suppressed", "Bị chặn", false],
  ["out-of-service", "Ngừng vận hành", false],
] as const)("the state %s is said in words, and offers what it may", (state, word, offered) => {
  render(element({ alarms: [anAlarm({ state })] }));
  within(rows()[0]!).getByText(word);
  expect(screen.queryAllByRole("button", { name: "Xác nhận" })).toHaveLength(offered ? 1 : 0);
});

test("alarms stand by priority, then newest, what is put aside last, normal ones not at all", () => {
  const alarms = [
    anAlarm({ id: "low", priority: 4, raisedAt: 9 }),
    anAlarm({ id: "old", priority: 2, raisedAt: 1 }),
    anAlarm({ id: "normal", state: "normal" }),
    anAlarm({ id: "aside", priority: 1, state: "shelved" }),
    anAlarm({ id: "new", priority: 2, raisedAt: 2 }),
  ];
  render(element({ alarms }));
  expect(rows().map((row) => row.dataset["id"])).toEqual(["new", "old", "low", "aside"]);
});

test("no alarm is said as such, with the time it was true", () => {
  render(element({ alarms: [], heardAt: Date.now() }));
  screen.getByText("Không có cảnh báo");
  screen.getByText(/^tính đến \d\d:\d\d:\d\d$/);
});

test("a source that failed is said to be cut, with the time of the last word from it", () => {
  const heardAt = Date.now();
  const { rerender } = render(element({ heardAt }));
  expect(screen.queryByRole("alert")).toBeNull();
  rerender(element({ heardAt, state: LoadingState.Error }));
  expect(screen.getByRole("alert")).toHaveTextContent(
    `Mất kết nối với trạm từ ${timeText(heardAt)}`,
  );
});

test("a source that falls silent is said to be cut without any new data", () => {
  vi.useFakeTimers();
  try {
    const { rerender } = render(element({}));
    act(() => vi.advanceTimersByTime(40_000));
    expect(screen.queryByRole("alert")).toBeNull();
    act(() => vi.advanceTimersByTime(2_000));
    expect(screen.getByRole("alert")).toHaveTextContent("Mất kết nối với trạm từ");
    rerender(element({}));
    expect(screen.queryByRole("alert")).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

test("acknowledging goes through the app's proxy and shows what the station answered", async () => {
  const sent = new Subject<unknown>();
  answer = () => sent;
  render(element({ alarms: [anAlarm({ id: "a/1" })] }));
  fireEvent.click(screen.getByRole("button", { name: "Xác nhận" }));
  expect(screen.getByRole("button", { name: "Đang gửi…" })).toBeDisabled();
  within(rows()[0]!).getByText("Chưa xác nhận");
  expect(requests).toMatchObject([
    {
      url: "api/plugin-proxy/kenh-ioc-app/operate/a%2F1/acknowledge",
      method: "POST",
      data: { version: 3 },
    },
  ]);
  sent.next({ data: anAlarm({ id: "a/1", state: "acknowledged", version: 4 }) });
  sent.complete();
  await within(rows()[0]!).findByText("Đã xác nhận");
});

test.each([
  [{ status: 401 }, "Phiên đăng nhập đã hết hạn. Hãy đăng nhập lại."],
  [{ status: 403 }, "Bạn không có quyền xác nhận cảnh báo này."],
  [{ status: 404 }, "Cảnh báo này không còn nữa."],
  [{ status: 409 }, "Cảnh báo vừa thay đổi. Hãy xem lại rồi xác nhận lần nữa."],
  [{ status: 502 }, "Trạm trả lời lỗi 502. Cảnh báo vẫn chưa được xác nhận."],
  [{ status: 0 }, "Chưa gửi được vì mất kết nối. Cảnh báo vẫn chưa được xác nhận."],
  [new TypeError("x"), "Chưa gửi được vì mất kết nối. Cảnh báo vẫn chưa được xác nhận."],
])("an acknowledgement that failed with %j is never shown as done", async (error, text) => {
  answer = () => throwError(() => error);
  const { rerender } = render(element({}));
  fireEvent.click(screen.getByRole("button", { name: "Xác nhận" }));
  await screen.findByText(text);
  within(rows()[0]!).getByText("Chưa xác nhận");
  expect(screen.getByRole("button", { name: "Xác nhận" })).toBeEnabled();
  rerender(element({ alarms: [anAlarm({ version: 4 })] }));
  expect(screen.queryByText(text)).toBeNull();
});

test("a newer alarm of the stream wins over an older answer", async () => {
  const { rerender } = render(element({}));
  fireEvent.click(screen.getByRole("button", { name: "Xác nhận" }));
  await within(rows()[0]!).findByText("Đã xác nhận");
  rerender(element({ alarms: [anAlarm({ version: 5, state: "shelved" })] }));
  within(rows()[0]!).getByText("Tạm ẩn");
});

test("one who may only look sees no button, and the key does nothing", () => {
  setPermissions({});
  render(element({}));
  expect(screen.queryByRole("button", { name: "Xác nhận" })).toBeNull();
  fireEvent.keyDown(rows()[0]!, { key: "a" });
  expect(requests).toEqual([]);
});

test("arrows move the focus and a acknowledges the row in focus", async () => {
  render(element({ alarms: [anAlarm(), anAlarm({ id: "second", priority: 2 })] }));
  rows()[0]!.focus();
  fireEvent.keyDown(rows()[0]!, { key: "ArrowDown" });
  expect(rows()[1]).toHaveFocus();
  fireEvent.keyDown(rows()[1]!, { key: "a", ctrlKey: true });
  expect(requests).toEqual([]);
  fireEvent.keyDown(rows()[1]!, { key: "a" });
  await waitFor(() => expect(requests[0]?.url).toContain("/operate/second/acknowledge"));
  expect(requests).toHaveLength(1);
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
  const { container } = render(
    element({ alarms: [anAlarm({ id: text, message: both, action: both, rule: text })] }),
  );
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

test("rows past the bound are told as a count", () => {
  const alarms = Array.from({ length: 30 }, (_, index) => anAlarm({ id: `a${index}` }));
  render(element({ alarms, options: { maxRows: 10 } }));
  expect(rows()).toHaveLength(10);
  screen.getByText("và 20 cảnh báo khác có mức thấp hơn hoặc cũ hơn");
});
