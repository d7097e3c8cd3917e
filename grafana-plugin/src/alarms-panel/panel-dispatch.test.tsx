import { type BackendSrv, type BackendSrvRequest, setBackendSrv } from "@grafana/runtime";
import type { AlarmDispatch, Dispatch } from "@kenh/schemas";
import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { of, throwError } from "rxjs";
import { beforeEach, expect, test } from "vitest";
import { anAlarm } from "../an-alarm.fixture.ts";
import { begin, element, press, row, rows, setPermissions, station } from "./panel.fixture.tsx";

const label = { vi: "Phòng Kinh tế <b>", en: "Economy office <b>" };
const deadline = Date.UTC(2026, 10, 22, 11, 0, 0);
const carried: AlarmDispatch = {
  ...{ id: "d1", agency: "82/29869/kinh-te", label, state: "assigned", deadline },
  ...{ overdue: false, late: false },
};
const line = { event: "assign", state: "assigned", scope: "82/29869", alarmVersion: 4 } as const;
const dispatch: Dispatch = {
  ...carried,
  ...{ alarm: "a1", device: "82/29869/cau-cao-lanh/muc-nuoc-01", place: label, rule: "water.bd3" },
  ...{ priority: 1, message: label, instruction: "Kiểm tra cống số 3", assignedAt: 1 },
  ...{ assignedBy: "Lan", acceptedAt: null, handledAt: null, previous: null, version: 1 },
  history: [{ ...line, at: deadline - 3_600_000, actor: "Lan", comment: "Kiểm tra cống số 3" }],
};

let found: readonly Dispatch[];
beforeEach(() => {
  begin();
  found = [];
  station.answer = () => of({ data: dispatch });
  setBackendSrv({
    fetch(request: BackendSrvRequest) {
      if (request.method === "POST") {
        station.calls.push(request);
        return station.answer(request);
      }
      if (request.url.includes("/dispatches/agencies")) {
        const agencies = [{ agency: carried.agency, label }];
        return of({ data: { agencies } });
      }
      if (request.url.includes("/dispatches?")) return of({ data: { dispatches: found } });
      return throwError(() => ({ status: 404 }));
    },
  } as Partial<BackendSrv> as BackendSrv);
});

test("an alarm is given to an agency by keys alone, and the dialog stays until the station has taken it", async () => {
  render(element({ alarms: [anAlarm()] }));
  rows()[0]?.focus();
  press("g");
  const dialog = within(await screen.findByRole("dialog"));
  const send = dialog.getByRole("button", { name: "Giao xử lý" });
  expect(send).toBeDisabled();
  await dialog.findByRole("option", { name: "Phòng Kinh tế <b>" });
  fireEvent.change(dialog.getByLabelText("Đơn vị xử lý"), { target: { value: carried.agency } });
  fireEvent.change(dialog.getByLabelText("Yêu cầu xử lý"), { target: { value: " cống số 3 " } });
  fireEvent.click(dialog.getByLabelText("4 giờ"));
  station.answer = () => throwError(() => ({ status: 0 }));
  fireEvent.click(send);
  await dialog.findByText(/Chưa gửi được vì mất kết nối/);
  station.answer = () => of({ data: dispatch });
  fireEvent.click(dialog.getByRole("button", { name: "Giao xử lý" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const [first, again] = station.calls;
  expect(first).toMatchObject({
    url: "api/plugin-proxy/kenh-ioc-app/operate/a1/dispatch",
    data: { agency: carried.agency, minutes: 240, instruction: "cống số 3" },
  });
  // The same words are the same call: what was lost on its way is not given twice.
  expect(again?.headers).toEqual(first?.headers);
});

test("a row says who deals with its alarm, and that it is overdue, in words beside a shape", () => {
  const { rerender } = render(element({ alarms: [anAlarm({ dispatch: carried })] }));
  const chip = () => document.querySelector<HTMLElement>(".kenh-dispatch-chip");
  expect(chip()?.textContent).toBe("Đã giao: Phòng Kinh tế <b>");
  expect(chip()?.querySelector("path")).not.toBeNull();
  const over = { ...carried, overdue: true };
  rerender(element({ alarms: [anAlarm({ version: 4, dispatch: over })] }));
  expect(chip()?.textContent).toBe("Quá hạn xử lý: Phòng Kinh tế <b>");
  const late = { ...carried, state: "handled" as const, late: true };
  rerender(
    element({ alarms: [anAlarm({ version: 5, dispatch: late })], options: { language: "en" } }),
  );
  expect(chip()?.textContent).toBe("Handled (late): Economy office <b>");
});

test("its details say by when and what for, and offer what its state allows", async () => {
  found = [dispatch];
  render(element({ alarms: [anAlarm({ dispatch: carried })] }));
  fireEvent.click(row().getByRole("button", { name: /^Chi tiết/ }));
  const part = within(await screen.findByRole("region", { name: "Giao xử lý" }));
  part.getByText("Kiểm tra cống số 3");
  part.getByText(/Hạn 22\/11\/2026 18:00:00/);
  fireEvent.click(part.getByRole("button", { name: "Tiếp nhận" }));
  await waitFor(() => expect(station.calls).toHaveLength(1));
  fireEvent.click(part.getByRole("button", { name: "Trả lại" }));
  const dialog = within(await screen.findByRole("dialog"));
  fireEvent.change(dialog.getByLabelText("Lý do trả lại"), { target: { value: "nhầm đơn vị" } });
  fireEvent.click(dialog.getByRole("button", { name: "Trả lại" }));
  await waitFor(() => expect(station.calls).toHaveLength(2));
  expect(station.calls.map(({ url, data }) => [url, data])).toEqual([
    ["api/plugin-proxy/kenh-ioc-app/dispatch/d1/accept", { version: 1 }],
    ["api/plugin-proxy/kenh-ioc-app/dispatch/d1/return", { version: 1, comment: "nhầm đơn vị" }],
  ]);
  expect(screen.queryByRole("button", { name: "Giao xử lý" })).toBeNull();
});

test("who may only look sees the dispatch and no way to change it; the wall has no actions at all", async () => {
  setPermissions();
  found = [dispatch];
  const { rerender } = render(element({ alarms: [anAlarm({ dispatch: carried })] }));
  fireEvent.click(row().getByRole("button", { name: /^Chi tiết/ }));
  const part = within(await screen.findByRole("region", { name: "Giao xử lý" }));
  expect(part.queryAllByRole("button")).toEqual([]);
  press("g");
  expect(screen.queryByRole("dialog")).toBeNull();
  setPermissions("operate");
  rerender(element({ alarms: [anAlarm({ dispatch: carried })], options: { display: "wall" } }));
  expect(screen.queryByRole("button", { name: /Giao|Tiếp nhận/ })).toBeNull();
});

test("an alarm of a unit's own station is marked where it came late, says who keeps it, and offers nothing to do", async () => {
  const raise = { event: "raise", state: "unacknowledged", value: 2.33, actor: null } as const;
  const late = anAlarm({
    ward: "82/29869",
    history: [{ ...raise, at: deadline - 7_200_000, comment: null, late: true }],
  });
  render(element({ alarms: [late, anAlarm({ id: "a2", priority: 2 })] }));
  expect(row().getByText("đến trễ")).toBeInTheDocument();
  expect(row().queryByRole("button", { name: "Xác nhận" })).toBeNull();
  rows()[0]?.focus();
  press("a");
  press("g");
  expect(screen.queryByRole("dialog")).toBeNull();
  const details = within(await screen.findByRole("complementary"));
  expect(details.getByText(/trạm của đơn vị 82\/29869 giữ/)).toBeInTheDocument();
  expect(details.queryByRole("button", { name: /Xác nhận|Tạm ẩn|Giao xử lý/ })).toBeNull();
  expect(station.calls).toEqual([]);
  const own = within(rows()[1] as HTMLElement);
  expect(own.queryByText("đến trễ")).toBeNull();
  expect(own.getByRole("button", { name: "Xác nhận" })).toBeInTheDocument();
});
