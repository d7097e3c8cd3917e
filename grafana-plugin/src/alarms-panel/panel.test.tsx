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
import { alarmsToFrame, type Freshness, nameAlarm } from "../shared/alarm-frame.ts";
import { timeText } from "../shared/time-text.ts";
import { defaults, type Options } from "./options.ts";
import { AlarmsPanel } from "./panel.tsx";

/** The calls that change something. */
const calls: BackendSrvRequest[] = [];
let answer: (request: BackendSrvRequest) => Observable<unknown>;

beforeEach(() => {
  calls.length = 0;
  answer = () => of({ data: anAlarm({ state: "acknowledged", version: 4 }) });
  setBackendSrv({
    fetch(request: BackendSrvRequest) {
      if (request.method !== "POST") return throwError(() => ({ status: 404 }));
      calls.push(request);
      return answer(request);
    },
  } as Partial<BackendSrv> as BackendSrv);
  setPermissions("operate", "maintain");
});

// Grafana takes the user once, at its start.
const user = { permissions: {} as Record<string, boolean> };
setCurrentUser(user as Parameters<typeof setCurrentUser>[0]);

function setPermissions(...rights: string[]) {
  user.permissions = Object.fromEntries(
    rights.map((name) => [`kenh-ioc-app.alarms:${name}`, true]),
  );
}

interface Shown {
  alarms?: readonly Alarm[];
  options?: Partial<Options>;
  state?: LoadingState;
  freshness?: Partial<Freshness>;
  onOptionsChange?: (options: Options) => void;
}

function element({ alarms = [anAlarm()], ...shown }: Shown) {
  const words = {
    label: { vi: "Mực nước sông Tiền", en: "Tiền river level" },
    siteLabel: { vi: "Cầu Cao Lãnh", en: "Cao Lãnh bridge" },
    units: { water_level_m: "m" },
  };
  const frame = alarmsToFrame(
    alarms.map((alarm) => nameAlarm(alarm, new Map([[alarm.device, words]]))),
    { heardAt: Date.now(), ...shown.freshness },
  );
  const props = {
    data: { state: shown.state ?? LoadingState.Streaming, series: [frame] },
    options: { ...defaults, ...shown.options },
    onOptionsChange: shown.onOptionsChange ?? (() => undefined),
    eventBus: new EventBusSrv(),
    width: 1300,
    height: 700,
  };
  return <AlarmsPanel {...(props as unknown as PanelProps<Options>)} />;
}

const rows = () => [...document.querySelectorAll<HTMLElement>(".kenh-row")];
const ids = () => rows().map((row) => row.dataset["id"]);
const row = () => within(rows()[0]!);
const press = (key: string, more = {}) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const acknowledge = () => row().getByRole("button", { name: "Xác nhận" });
/** Opens the list on which an alarm of this state stands. */
const openList = (name: RegExp) => fireEvent.click(screen.getByRole("tab", { name }));

test("an alarm is told in Vietnamese with its level, time, place and priority", () => {
  render(element({}));
  row().getByText("Mực nước vượt báo động III");
  expect(rows()[0]!.querySelector(".kenh-reading")?.textContent).toBe(
    "2,33\u00a0m (vượt BĐ III 3 cm)",
  );
  row().getByText("Cầu Cao Lãnh · Mực nước sông Tiền");
  row().getByText("22/11/2026 17:05:09");
  row().getByText("Chưa xác nhận");
  row().getByText("Khẩn cấp");
  row().getByText("1");
});

test("and in English, switched live by mouse and by key", () => {
  const onOptionsChange = vi.fn();
  render(element({ options: { language: "en" }, onOptionsChange }));
  row().getByText("Water level above alarm level III");
  row().getByText("Cao Lãnh bridge · Tiền river level");
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
  [{ skewMs: -180_000 }, "Đồng hồ của máy này lệch 3 phút so với trạm."],
])("a banner warns: %j", (freshness, text) => {
  render(element({ freshness }));
  expect(screen.getByRole("alert")).toHaveTextContent(text);
});

test("acknowledging goes through the app's proxy and shows what the station answered", async () => {
  const sent = new Subject<unknown>();
  answer = () => sent;
  render(element({ alarms: [anAlarm({ id: "a/1" })] }));
  fireEvent.click(acknowledge());
  expect(screen.getByRole("button", { name: "Đang gửi…" })).toBeDisabled();
  row().getByText("Chưa xác nhận");
  expect(calls).toMatchObject([
    {
      url: "api/plugin-proxy/kenh-ioc-app/operate/a%2F1/acknowledge",
      method: "POST",
      data: { version: 3 },
      headers: { "Idempotency-Key": expect.stringMatching(/./) },
    },
  ]);
  sent.next({ data: anAlarm({ id: "a/1", state: "acknowledged", version: 4 }) });
  sent.complete();
  await row().findByText("Đã xác nhận");
});

test.each([
  [{ status: 401 }, "Phiên đăng nhập đã hết hạn. Hãy đăng nhập lại."],
  [{ status: 403 }, "Bạn không có quyền làm việc này."],
  [{ status: 404 }, "Cảnh báo này không còn nữa."],
  [{ status: 409 }, "Cảnh báo vừa thay đổi. Hãy xem lại rồi thực hiện lại."],
  [{ status: 502 }, "Trạm trả lời lỗi 502. Cảnh báo chưa thay đổi."],
  [{ status: 0 }, "Chưa gửi được vì mất kết nối. Cảnh báo chưa thay đổi."],
  [new TypeError("x"), "Chưa gửi được vì mất kết nối. Cảnh báo chưa thay đổi."],
])("a call that failed with %j is never shown as done", async (error, text) => {
  answer = () => throwError(() => error);
  const { rerender } = render(element({}));
  fireEvent.click(acknowledge());
  await row().findByText(text);
  row().getByText("Chưa xác nhận");
  expect(acknowledge()).toBeEnabled();
  rerender(element({ alarms: [anAlarm({ version: 4 })] }));
  expect(row().queryByText(text)).toBeNull();
});

test("what was lost on its way is sent again as the same call", async () => {
  answer = () => throwError(() => ({ status: 0 }));
  render(element({}));
  fireEvent.click(acknowledge());
  await row().findByText(/Chưa gửi được/);
  answer = () => of({ data: anAlarm({ state: "acknowledged", version: 4 }) });
  fireEvent.click(acknowledge());
  await row().findByText("Đã xác nhận");
  const [first, second] = calls.map(({ headers }) => headers?.["Idempotency-Key"]);
  expect(second).toBe(first);
});

test("a newer alarm of the stream wins over an older answer", async () => {
  const { rerender } = render(element({}));
  fireEvent.click(acknowledge());
  await row().findByText("Đã xác nhận");
  rerender(element({ alarms: [anAlarm({ version: 5, state: "returned" })] }));
  row().getByText("Đã hết, chưa xác nhận");
});

test("one who may only look sees no button and no box, and keys do nothing", () => {
  setPermissions();
  render(element({}));
  expect(row().queryByRole("checkbox")).toBeNull();
  expect(row().queryByRole("button", { name: "Xác nhận" })).toBeNull();
  rows()[0]!.focus();
  for (const key of ["a", "s", "o", "u", "c"]) press(key);
  expect(calls).toEqual([]);
  expect(document.querySelector("dialog")).toBeNull();
});

test("an operator may not take an alarm out of service", () => {
  setPermissions("operate");
  render(element({}));
  rows()[0]!.focus();
  press("o");
  expect(document.querySelector("dialog")).toBeNull();
  press("s");
  expect(document.querySelector("dialog")).not.toBeNull();
});

test("shelving asks for a reason, sends it with an end, and can be taken back with one key", async () => {
  answer = ({ data }) =>
    of({ data: anAlarm({ state: "shelved", version: 4, shelvedUntil: data.until }) });
  const { rerender } = render(element({}));
  rows()[0]!.focus();
  press("s");
  const dialog = within(document.querySelector<HTMLElement>("dialog")!);
  const submit = dialog.getByText("Tạm ẩn", { selector: "[type=submit]" });
  expect(submit).toBeDisabled();
  fireEvent.change(dialog.getByLabelText("Lý do"), { target: { value: "  Đang bảo trì " } });
  fireEvent.click(dialog.getByLabelText("15 phút"));
  fireEvent.click(submit);
  await screen.findByText(/Đã tạm ẩn 1 cảnh báo/);
  const until = Date.now() + 15 * 60_000;
  expect(calls[0]).toMatchObject({
    url: "api/plugin-proxy/kenh-ioc-app/operate/a1/shelve",
    data: { version: 3, comment: "Đang bảo trì", until: expect.closeTo(until, -5) },
  });
  rerender(element({ alarms: [anAlarm({ state: "shelved", version: 4, shelvedUntil: until })] }));
  fireEvent.click(screen.getByRole("button", { name: /Hoàn tác/ }));
  await waitFor(() => expect(calls[1]?.url).toContain("operate/a1/unshelve"));
  expect(calls[1]?.data).toEqual({ version: 4 });
});

test("several are marked and acknowledged at once; each is answered for itself", async () => {
  answer = () =>
    of({
      data: {
        results: [
          { id: "a", alarm: anAlarm({ id: "a", state: "acknowledged", version: 4 }) },
          { id: "b", problem: { status: 409 } },
        ],
      },
    });
  const alarms = ["a", "b", "c"].map((id) =>
    anAlarm({ id, state: id === "c" ? "acknowledged" : "unacknowledged" }),
  );
  render(element({ alarms }));
  rows()[0]!.focus();
  press("X", { shiftKey: true });
  screen.getByText("Đã chọn 3");
  screen.getByRole("button", { name: "Tạm ẩn (3)" });
  fireEvent.click(screen.getByRole("button", { name: "Xác nhận (2)" }));
  await screen.findByText(/Đã xác nhận 1 cảnh báo. 1 cảnh báo không thực hiện được/);
  expect(calls).toMatchObject([
    {
      url: "api/plugin-proxy/kenh-ioc-app/operate/acknowledge",
      data: {
        alarms: [
          { id: "a", version: 3 },
          { id: "b", version: 3 },
        ],
      },
    },
  ]);
  within(rows()[1]!).getByText(/Cảnh báo vừa thay đổi/);
});

test("keys move the focus and act on the row in focus, never with a modifier", async () => {
  render(element({ alarms: [anAlarm(), anAlarm({ id: "second", priority: 2 })] }));
  rows()[0]!.focus();
  press("ArrowDown");
  await waitFor(() => expect(rows()[1]).toHaveFocus());
  press("a", { ctrlKey: true });
  expect(calls).toEqual([]);
  press("a");
  await waitFor(() => expect(calls[0]?.url).toContain("/operate/second/acknowledge"));
  expect(calls).toHaveLength(1);
});

test("a key acts on nothing while no row is in focus: the first may have changed under the hand", () => {
  render(element({}));
  screen.getByRole("tab", { name: /^Đang diễn ra/ }).focus();
  for (const key of ["a", "s", "o", "c", "u"]) press(key);
  expect(calls).toEqual([]);
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
