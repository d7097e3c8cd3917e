import type { Alarm } from "@kenh/schemas";
import { expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { bringIn, burst, picture, row, rowIds, rows, violations } from "./console-page.ts";
import { describeInChromium } from "./in-chromium.ts";
import { anAlarm, startWard, wardDevices } from "./ward.ts";

describeInChromium("the console in Chromium", ({ open }) => {
  test("the shipped panel and data source show the alarms, beside devices and ledger, under a strict policy", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page, complaints } = view;
    await row(page, "bd3").getByText("Mực nước vượt báo động III").waitFor();
    expect(await rowIds(page)).toEqual(["bd3", "ups", "generator", "pm25", "noise"]);
    await row(page, "bd3").getByText("Cầu Cao Lãnh · Mực nước sông Tiền").waitFor();
    expect(await row(page, "bd3").locator(".kenh-reading").textContent()).toBe(
      "2,33\u00a0m (vượt BĐ III 3 cm)",
    );
    await page.locator(".sparkline").first().waitFor();
    await page.getByText("123.456").waitFor();
    expect(await page.locator(".device").count()).toBe(5);
    expect(page.url()).toBe(`${station.url}/`);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test.each([
    ["vi", "dark", 1920, 1080],
    ["en", "light", 1920, 1080],
    ["vi", "dark", 1366, 768],
    ["en", "dark", 1366, 768],
    ["vi", "light", 1366, 768],
    ["en", "light", 1366, 768],
    ["vi", "dark", 700, 900],
  ])(
    "nothing is cut in %s, %s, at %d x %d, and axe finds nothing",
    async (lang, theme, width, height) => {
      await using station = await startWard();
      await using view = await open(station, {
        flags: `lang=${lang}&theme=${theme}`,
        width,
        height,
      });
      const { page } = view;
      await page.locator(".sparkline").first().waitFor();
      await row(page, "noise").waitFor();
      await page.getByText("137").waitFor({ state: "attached" });
      expect(
        await burst(
          page,
          "body, .kenh-scroll, .scroll, .kenh-row, .kenh-message, .kenh-reading, .kenh-state, .kenh-when, .kenh-mark, .kenh-tabs, .device, .top, button",
        ),
      ).toEqual([]);
      expect(await violations(page)).toEqual([]);
      await picture(page, `console-${lang}-${theme}-${width}`);
    },
  );

  test("a cut is announced, the stream resumes where it stood, nothing is lost or doubled", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    await until(() => station.resumed.length > 0, "the first stream");
    station.reachable = false;
    station.cut();
    await page.getByText(/Mất kết nối với trạm từ/).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "console-cut");
    await row(page, "ups").getByRole("button", { name: "Xác nhận", exact: true }).click();
    await row(page, "ups").getByText("Chưa gửi được vì mất kết nối").waitFor();
    expect(await violations(page)).toEqual([]);
    station.announce(anAlarm(Date.now(), { id: "meanwhile", priority: 2 }));
    station.reachable = true;
    await page.getByText(/Mất kết nối với trạm từ/).waitFor({ state: "detached" });
    await bringIn(page, "meanwhile");
    expect(station.resumed.length).toBeGreaterThan(1);
    expect(new Set(station.resumed)).toEqual(new Set([100]));
    expect(await rows(page).count()).toBe(6);
  });

  test("a computer that loses its network says so at once", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    await page.context().setOffline(true);
    await page.getByText(/Mất kết nối với trạm từ/).waitFor();
    await page.context().setOffline(false);
    await page.getByText(/Mất kết nối với trạm từ/).waitFor({ state: "detached" });
  });

  test("what cannot be read makes the page begin again with the list", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    await until(() => station.resumed.length > 0, "the first stream");
    station.announce(anAlarm(Date.now(), { id: "before" }));
    await row(page, "before").waitFor();
    station.sendRaw("id: 999\nevent: alarm\ndata: {broken\n\n");
    await page.getByText(/Trạm gửi dữ liệu không đọc được lúc/).waitFor();
    await until(() => station.resumed.includes(101), "the second stream");
    expect(new Set(station.resumed)).toEqual(new Set([100, 101]));
    expect(await rows(page).count()).toBe(6);
    expect(await violations(page)).toEqual([]);
  });

  test("an alarm without half of it is counted, and does not take the others along", async () => {
    await using station = await startWard();
    const half = { ...anAlarm(Date.now(), { id: "half" }), history: null, cause: null };
    station.announce(half as unknown as Alarm);
    await using view = await open(station);
    await row(view.page, "bd3").waitFor();
    await view.page.getByText("1 cảnh báo không đọc được").waitFor();
    expect(await rows(view.page).count()).toBe(5);
  });

  test("a clock that goes wrong is told, and no longer once it is right", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    station.skewMs = -180_000;
    await page.getByText(/Đồng hồ của máy này lệch [23] phút/).waitFor();
    expect(await violations(page)).toEqual([]);
    station.skewMs = 0;
    await page.getByText(/Đồng hồ của máy này lệch/).waitFor({ state: "detached" });
  });

  test("a station that restarted with an older book is read anew", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    station.sendRaw(`id: 5000\nevent: alarm\ndata: ${JSON.stringify(anAlarm(Date.now()))}\n\n`);
    const before = station.resumed.length;
    station.cut();
    await until(() => station.resumed.length > before, "the second stream");
    expect(await rows(page).count()).toBe(5);
  });

  test("a station that refuses is told", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    station.readStatus = 403;
    station.cut();
    await page.getByText(/Bạn không có quyền xem cảnh báo/).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test("readings that are all old are told, though the station answers", async () => {
    await using station = await startWard();
    station.devices = wardDevices(Date.now() - 3_600_000);
    await using view = await open(station);
    await view.page.getByText(/Không có số đo mới của thiết bị nào từ/).waitFor();
    expect(await violations(view.page)).toEqual([]);
    await picture(view.page, "console-old");
  });

  test("without a token the page asks for one, tries it, and keeps it for the tab alone", async () => {
    await using station = await startWard();
    await using view = await open(station, { path: "/" });
    const { page } = view;
    await page.getByLabel("Mã truy cập").fill("wrong");
    await page.getByRole("button", { name: "Đăng nhập" }).click();
    await page.getByText("Mã truy cập không đúng hoặc đã bị thu hồi.").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "console-sign-in");
    await page.getByLabel("Mã truy cập").fill(station.token);
    await page.keyboard.press("Enter");
    await row(page, "bd3").waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await row(page, "bd3").getByText("Water level above alarm level III").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Access token").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    expect(await page.evaluate("JSON.stringify(localStorage)")).toBe('{"kenh.language":"en"}');
  });

  test("what a person has chosen is there at the next visit, and what it leaves out is told", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    await page.getByRole("button", { name: "Nền sáng" }).click();
    await page.getByRole("button", { name: "English" }).click();
    await page.getByLabel("Order").selectOption("newest");
    await page.getByRole("button", { name: /Turn sound on$/ }).click();
    await page.getByTitle("Show priority High alone").click();
    await page.getByText("Filtered: 3 not shown. Show all").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "filtered");
    await page.reload();
    await row(page, "ups").waitFor();
    await page.getByText("Filtered: 3 not shown. Show all").waitFor();
    expect(await rowIds(page)).toEqual(["ups", "generator"]);
    expect(await page.locator("html").getAttribute("data-theme")).toBe("light");
    // Wanted again; some browsers play nothing before the page is touched.
    await page.getByText("Filtered: 3 not shown. Show all").click();
    await row(page, "noise").waitFor();
    expect(await rowIds(page)).toEqual(["noise", "ups", "bd3", "generator", "pm25"]);
    await page.getByRole("button", { name: /Sound on: / }).waitFor();
  });
});
