import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { of, Subject, throwError } from "rxjs";
import { beforeEach, expect, test } from "vitest";
import { anAlarm } from "../an-alarm.fixture.ts";
import {
  acknowledge,
  begin,
  element,
  press,
  row,
  rows,
  setPermissions,
  station,
} from "./panel.fixture.tsx";

beforeEach(begin);

/** Of a priority that is acknowledged without words. */
const high = (changes: Parameters<typeof anAlarm>[0] = {}) => anAlarm({ priority: 2, ...changes });

test("acknowledging goes through the app's proxy and shows what the station answered", async () => {
  const sent = new Subject<unknown>();
  station.answer = () => sent;
  render(element({ alarms: [high({ id: "a/1" })] }));
  fireEvent.click(acknowledge());
  expect(screen.getByRole("button", { name: "Đang gửi…" })).toBeDisabled();
  row().getByText("Chưa xác nhận");
  expect(station.calls).toMatchObject([
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
  station.answer = () => throwError(() => error);
  const { rerender } = render(element({ alarms: [high()] }));
  fireEvent.click(acknowledge());
  await row().findByText(text);
  row().getByText("Chưa xác nhận");
  expect(acknowledge()).toBeEnabled();
  rerender(element({ alarms: [high({ version: 4 })] }));
  expect(row().queryByText(text)).toBeNull();
});

test("what was lost on its way is sent again as the same call", async () => {
  station.answer = () => throwError(() => ({ status: 0 }));
  render(element({ alarms: [high()] }));
  fireEvent.click(acknowledge());
  await row().findByText(/Chưa gửi được/);
  station.answer = () => of({ data: anAlarm({ state: "acknowledged", version: 4 }) });
  fireEvent.click(acknowledge());
  await row().findByText("Đã xác nhận");
  const [first, second] = station.calls.map(({ headers }) => headers?.["Idempotency-Key"]);
  expect(second).toBe(first);
});

test("a newer alarm of the stream wins over an older answer", async () => {
  const { rerender } = render(element({ alarms: [high()] }));
  fireEvent.click(acknowledge());
  await row().findByText("Đã xác nhận");
  rerender(element({ alarms: [high({ version: 5, state: "returned" })] }));
  row().getByText("Đã hết, chưa xác nhận");
});

test("who acknowledges a critical alarm says what is being done", async () => {
  render(element({}));
  fireEvent.click(acknowledge());
  const dialog = within(document.querySelector<HTMLElement>("dialog")!);
  expect(dialog.getByText("Xác nhận", { selector: "[type=submit]" })).toBeDisabled();
  fireEvent.click(dialog.getByText("Đã cử người đến"));
  fireEvent.click(dialog.getByText("Xác nhận", { selector: "[type=submit]" }));
  await row().findByText("Đã xác nhận");
  expect(station.calls[0]?.data).toEqual({ version: 3, comment: "Đã cử người đến" });
});

test("one who may only look sees no button and no box, and keys do nothing", () => {
  setPermissions();
  render(element({}));
  expect(row().queryByRole("checkbox")).toBeNull();
  expect(row().queryByRole("button", { name: "Xác nhận" })).toBeNull();
  rows()[0]!.focus();
  for (const key of ["a", "s", "o", "u", "c"]) press(key);
  expect(station.calls).toEqual([]);
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
  station.answer = ({ data }) =>
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
  expect(station.calls[0]).toMatchObject({
    url: "api/plugin-proxy/kenh-ioc-app/operate/a1/shelve",
    data: { version: 3, comment: "Đang bảo trì", until: expect.closeTo(until, -5) },
  });
  rerender(element({ alarms: [anAlarm({ state: "shelved", version: 4, shelvedUntil: until })] }));
  fireEvent.click(screen.getByRole("button", { name: /Hoàn tác/ }));
  await waitFor(() => expect(station.calls[1]?.url).toContain("operate/a1/unshelve"));
  expect(station.calls[1]?.data).toEqual({ version: 4 });
});

test("several are marked and acknowledged at once; each is answered for itself", async () => {
  station.answer = () =>
    of({
      data: {
        results: [
          { id: "a", alarm: anAlarm({ id: "a", state: "acknowledged", version: 4 }) },
          { id: "b", problem: { status: 409 } },
        ],
      },
    });
  const alarms = ["a", "b", "c"].map((id) =>
    high({ id, state: id === "c" ? "acknowledged" : "unacknowledged" }),
  );
  render(element({ alarms }));
  rows()[0]!.focus();
  press("X", { shiftKey: true });
  screen.getByText("Đã chọn 3");
  screen.getByRole("button", { name: "Tạm ẩn (3)" });
  fireEvent.click(screen.getByRole("button", { name: "Xác nhận (2)" }));
  await screen.findByText(/Đã xác nhận 1 cảnh báo. 1 cảnh báo không thực hiện được/);
  expect(station.calls).toMatchObject([
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
