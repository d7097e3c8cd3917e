import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import {
  bringIn,
  burst,
  picture,
  row,
  rowIds,
  rows,
  stopClock,
  violations,
} from "./console-page.ts";
import { describeInChromium } from "./in-chromium.ts";
import { type StationFixture, startStationFixture } from "./station-fixture.ts";
import { anAlarm, manyAlarms, manyDevices, startWard } from "./ward.ts";

describeInChromium("the panel on the desk", ({ open }) => {
  const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
  const tab = (page: Page, name: string) =>
    page.getByRole("tab", { name: new RegExp(`^${name} `) });
  const last = (station: StationFixture) => station.posted.at(-1);

  test("every state stands on its list, in both languages and themes", async () => {
    await using station = await startWard();
    for (const [flags, lists] of [
      ["lang=vi", ["Tạm ẩn", "Bị chặn", "Ngừng vận hành", "Kéo dài", "Chập chờn"]],
      [
        "lang=en&theme=light",
        ["Shelved", "Suppressed", "Out of service", "Standing", "Chattering"],
      ],
    ] as const) {
      await using view = await open(station, { flags });
      const { page } = view;
      await row(page, "bd3").waitFor();
      const found: (string | null)[][] = [];
      for (const [index, name] of lists.entries()) {
        await tab(page, name).click();
        found.push(await rowIds(page));
        expect(await violations(page)).toEqual([]);
        await picture(page, `list-${index}-${flags.slice(5, 7)}`);
      }
      expect(found).toEqual([
        ["camera"],
        ["silent-1", "silent-2", "silent-3"],
        ["salinity"],
        ["pm25"],
        ["noise"],
      ]);
    }
  });

  test("everything by mouse: acknowledge, shelve and undo, out of service and back, comment", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page, complaints } = view;
    await stopClock(page);
    await row(page, "bd3").getByRole("button", { name: "Xác nhận" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Đã cử người đến" }).click();
    expect(await violations(page)).toEqual([]);
    await picture(page, "dialog-acknowledge");
    await dialog.getByRole("button", { name: "Xác nhận", exact: true }).click();
    await row(page, "bd3").getByText("Đã xác nhận").waitFor();
    expect(last(station)).toEqual({
      path: "/api/v1/alarms/bd3/acknowledge",
      body: { version: 2, comment: "Đã cử người đến" },
    });
    await row(page, "noise").getByRole("button", { name: "Xác nhận" }).click();
    await row(page, "noise").getByText("Đã xác nhận").waitFor();
    expect(last(station)).toEqual({
      path: "/api/v1/alarms/noise/acknowledge",
      body: { version: 2 },
    });

    await row(page, "ups")
      .getByRole("button", { name: /^Chi tiết/ })
      .click();
    const details = page.getByRole("complementary", { name: "Chi tiết" });
    await details.getByRole("img", { name: /^Diễn biến/ }).waitFor();
    await details.getByRole("button", { name: "Tạm ẩn" }).click();
    expect(await violations(page)).toEqual([]);
    await picture(page, "dialog-shelve");
    expect(await dialog.getByRole("button", { name: "Tạm ẩn" }).isDisabled()).toBe(true);
    await dialog.getByRole("button", { name: "Đang bảo trì" }).click();
    await dialog.getByLabel("4 giờ").check();
    await dialog.getByRole("button", { name: "Tạm ẩn" }).click();
    await page.getByText("Đã tạm ẩn 1 cảnh báo.").waitFor();
    expect(last(station)).toMatchObject({
      path: "/api/v1/alarms/ups/shelve",
      body: { version: 2, comment: "Đang bảo trì" },
    });
    const asked = last(station)?.body as { until: number } | undefined;
    expect((asked?.until ?? 0) - Date.now()).toBeGreaterThan(3.9 * 3_600_000);
    expect(await violations(page)).toEqual([]);
    await picture(page, "told-shelved");
    await page.getByRole("button", { name: /^Hoàn tác/ }).click();
    await page.getByText("Đã bỏ tạm ẩn 1 cảnh báo.").waitFor();

    await details.getByRole("button", { name: "Ngừng vận hành" }).click();
    await dialog.getByLabel("Lý do").fill("Thay ắc quy");
    await dialog.getByRole("button", { name: "Ngừng vận hành" }).click();
    await page.getByText("Đã ngừng vận hành 1 cảnh báo.").waitFor();
    await details.getByRole("button", { name: "Đưa vào vận hành" }).click();
    await page.getByText("Đã đưa 1 cảnh báo vào vận hành.").waitFor();
    await details.getByRole("button", { name: "Ghi chú" }).click();
    await dialog.getByLabel("Ghi chú").fill("Đã gọi điện lực");
    await dialog.getByRole("button", { name: "Ghi chú" }).click();
    await details.getByText("Đã gọi điện lực").waitFor();
    expect(station.posted.map(({ path }) => path.split("/").at(-1))).toEqual([
      "acknowledge",
      "acknowledge",
      "shelve",
      "unshelve",
      "out-of-service",
      "return-to-service",
      "comment",
    ]);
    expect(complaints).toEqual([]);
  });

  test("everything by keyboard alone", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    await stopClock(page);
    const keys = async (...all: string[]) => {
      for (const key of all) await page.keyboard.press(key);
    };
    // Into the panel by Tab, as somebody without a mouse comes.
    while (!(await page.evaluate("document.activeElement.matches('.kenh-row')"))) await keys("Tab");
    await keys("a");
    await page.keyboard.type("Đã cử người đến");
    await keys("Enter");
    await row(page, "bd3").getByText("Đã xác nhận").waitFor();
    await keys("j", "ArrowRight");
    await row(page, "silent-1").waitFor();
    expect(await page.evaluate("document.activeElement.dataset.id")).toBe("ups");
    await keys("ArrowLeft", "s");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("Đang bảo trì");
    await keys("Enter");
    await page.getByText("Đã tạm ẩn 1 cảnh báo.").waitFor();
    await keys("u");
    await page.getByText("Đã bỏ tạm ẩn 1 cảnh báo.").waitFor();
    await row(page, "generator").focus();
    await keys("o");
    await page.keyboard.type("Thay bình");
    await keys("Enter");
    await page.getByText("Đã ngừng vận hành 1 cảnh báo.").waitFor();
    await keys("v", "v", "v");
    await row(page, "generator").waitFor();
    await row(page, "generator").focus();
    await keys("u");
    await page.getByText("Đã đưa 1 cảnh báo vào vận hành.").waitFor();
    await keys("v", "v", "v", "n");
    await row(page, "pm25").waitFor();
    await row(page, "pm25").focus();
    await keys("c");
    await page.keyboard.type("Đã báo");
    await keys("Enter");
    await page.getByText("Đã ghi chú 1 cảnh báo.").waitFor();
    await row(page, "pm25").focus();
    await keys("Enter");
    await page.getByRole("complementary", { name: "Chi tiết" }).getByText("Đã báo").waitFor();
    const bottom = (of: string) =>
      page.locator(of).evaluate((one) => one.getBoundingClientRect().bottom);
    expect(await bottom(".kenh-details")).toBeLessThanOrEqual(await bottom(".kenh-body"));
    expect(await violations(page)).toEqual([]);
    await picture(page, "details");
    await keys("Escape", "/");
    await page.keyboard.type("tram thoi tiet");
    await row(page, "bd3").waitFor({ state: "detached" });
    expect(await rowIds(page)).toEqual(["pm25", "noise"]);
    await page.getByRole("searchbox").fill("");
    await keys("Escape", "4");
    expect(await rowIds(page)).toEqual(["noise"]);
    await keys("4", "?");
    await page.getByRole("dialog", { name: "Phím tắt" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "dialog-keys");
    await keys("Escape", "l");
    await row(page, "pm25").getByText("Fine dust PM2.5 high (indicative)").waitFor();
  });

  test("several are marked and acted upon at once, by mouse and by keys", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").getByRole("checkbox").check();
    await row(page, "pm25").getByRole("checkbox").check();
    expect(await violations(page)).toEqual([]);
    await picture(page, "bulk");
    await button(page, "Xác nhận (2)").click();
    await page.keyboard.type("Đang kiểm tra");
    await page.keyboard.press("Enter");
    await page.getByText("Đã xác nhận 2 cảnh báo.").waitFor();
    // The second was over already: acknowledged, it leaves.
    await row(page, "pm25").waitFor({ state: "detached" });
    await row(page, "bd3").focus();
    await page.keyboard.press("Shift+X");
    await page.getByText("Đã chọn 4").waitFor();
    await page.keyboard.press("s");
    await page.keyboard.type("Diễn tập");
    await page.keyboard.press("Enter");
    await page.getByText("Đã tạm ẩn 4 cảnh báo.").waitFor();
    expect(last(station)?.path).toBe("/api/v1/alarms/shelve");
    await tab(page, "Tạm ẩn").click();
    expect(await rows(page).count()).toBe(5);
  });

  test.each([
    [403, "Bạn không có quyền làm việc này."],
    [409, "Cảnh báo vừa thay đổi. Hãy xem lại rồi thực hiện lại."],
  ])("a refusal with %d is shown, and the alarm stays unacknowledged", async (status, text) => {
    await using station = await startWard();
    station.callStatus = status;
    await using view = await open(station);
    const { page } = view;
    await row(page, "ups").getByRole("button", { name: "Xác nhận" }).click();
    await row(page, "ups").getByText(text).waitFor();
    await row(page, "ups").getByText("Chưa xác nhận").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `refused-${status}`);
  });

  test("a flood is one row a site, opened by mouse and keys, and the sources of the day are told", async () => {
    const now = Date.now();
    await using station = await startStationFixture(manyAlarms(now, 240));
    station.devices = manyDevices(now, 240);
    for (const flags of ["", "theme=light&lang=en"]) {
      await using view = await open(station, { flags });
      const { page } = view;
      const group = page.locator(".kenh-group").filter({ hasText: "Chợ Cao Lãnh" });
      await group.waitFor();
      expect((await rowIds(page)).slice(0, 3)).toEqual(["m0", "m100", "m200"]);
      await group.getByRole("button").click();
      await row(page, "m238").or(row(page, "m3")).first().waitFor();
      await group.focus();
      await page.keyboard.press("ArrowLeft");
      await page.locator('.kenh-row[data-nested="true"]').first().waitFor({ state: "detached" });
      await page.keyboard.press("Enter");
      await page.locator('.kenh-row[data-nested="true"]').first().waitFor();
      expect(await violations(page)).toEqual([]);
      const cut = await burst(
        page,
        ".kenh-reading, .kenh-message, .kenh-state, .kenh-when, button",
      );
      expect(cut).toEqual([]);
      await picture(page, `flood-${flags ? "en" : "vi"}`);
      await page.getByRole("button", { name: flags ? "Top sources" : "Nguồn nhiều nhất" }).click();
      await page.locator(".kenh-sources li").last().waitFor();
      expect(await violations(page)).toEqual([]);
      await picture(page, `sources-${flags ? "en" : "vi"}`);
      // A trend for each device in sight, and for no other.
      expect(station.charted.size).toBeLessThan(30);
    }
  });

  test("the day's figures stand by operator and by unit, reached by keys", async () => {
    await using station = await startWard();
    for (const [flags, name, lines] of [
      [
        "",
        "Người trực, đơn vị",
        [
          ["Nguyễn Thị Bình", "77", "2 phút", "15 phút"],
          ["Lê Văn Cường", "24", "1 phút", "6 phút"],
          ["82/29869", "137", "14", "1,4%", "101", "2 phút", "15 phút"],
        ],
      ],
      [
        "theme=light&lang=en",
        "Operators, units",
        [
          ["Nguyễn Thị Bình", "77", "2 minutes", "15 minutes"],
          ["Lê Văn Cường", "24", "1 minute", "6 minutes"],
          ["82/29869", "137", "14", "1.4%", "101", "2 minutes", "15 minutes"],
        ],
      ],
    ] as const) {
      await using view = await open(station, { flags });
      const { page } = view;
      await button(page, name).focus();
      await page.keyboard.press("Enter");
      const groups = page.getByRole("region", { name, exact: true });
      expect(
        await groups
          .locator("tbody tr")
          .evaluateAll((found) =>
            found.map((line) => [...line.children].map((cell) => cell.textContent)),
          ),
      ).toEqual(lines);
      await picture(page, `groups-${flags ? "en" : "vi"}`);
      expect(await burst(page, "body, .kenh-kpis, .kenh-groups, .kenh-groups *, button")).toEqual(
        [],
      );
      // The five figures take a second line where one has no room for them, and none is cut.
      const bottoms = await page
        .locator(".kenh-kpis, .kenh-kpis dl > div")
        .evaluateAll((found) => found.map((one) => one.getBoundingClientRect().bottom));
      expect(bottoms.length).toBe(6);
      expect(Math.max(...bottoms)).toBe(bottoms[0]);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Enter");
      await groups.waitFor({ state: "detached" });
    }
  });

  test("a reader sees no way to change anything", async () => {
    await using station = await startWard();
    station.role = "reader";
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    expect(await page.locator(".kenh-row").getByRole("checkbox").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Xác nhận", exact: true }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await picture(page, "reader");
  });

  test("what is new waits while a hand is on the list, and the order stays", async () => {
    await using station = await startWard();
    await using view = await open(station);
    const { page } = view;
    await row(page, "bd3").waitFor();
    const before = await rowIds(page);
    await row(page, "generator").getByRole("checkbox").check();
    station.announce(
      anAlarm(Date.now(), { id: "new" }),
      anAlarm(Date.now(), { id: "noise", state: "normal" }),
    );
    await page.getByRole("button", { name: /^1 cảnh báo khẩn cấp mới/ }).waitFor();
    expect(await rowIds(page)).toEqual(before);
    await row(page, "noise").getByText("Đã trở lại bình thường").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "held");
    await bringIn(page, "new");
    expect(await rowIds(page)).toEqual(["new", "bd3", "ups", "generator", "pm25"]);
  });

  test("sound waits for a touch, tells priorities apart by rhythm, repeats, and is muted for a while", async () => {
    await using station = await startStationFixture();
    await using view = await open(station);
    const { page } = view;
    await page.getByText("Không có cảnh báo").waitFor();
    // Or a slow look would hear the five tones twice.
    await stopClock(page);
    await page.evaluate(`{
        window.heard = [];
        const { start } = OscillatorNode.prototype;
        OscillatorNode.prototype.start = function (...when) {
          window.heard.push(this.frequency.value);
          return start.apply(this, when);
        };
      }`);
    const heard = () => page.evaluate("window.heard.splice(0).length") as Promise<number>;
    const hears = (tones: number) =>
      until(async () => (await page.evaluate("window.heard.length")) === tones, `${tones} tones`);
    station.announce(anAlarm(Date.now(), { id: "before" }));
    await row(page, "before").waitFor();
    expect(await heard()).toBe(0);
    await page.getByRole("button", { name: /Bật âm thanh$/ }).click();
    await hears(5);
    await heard();
    await row(page, "before").getByRole("button", { name: "Xác nhận" }).click();
    await page.keyboard.type("Đang kiểm tra");
    await page.keyboard.press("Enter");
    await row(page, "before").getByText("Đã xác nhận").waitFor();
    await heard();
    station.announce(anAlarm(Date.now(), { id: "third", priority: 3 }));
    await hears(2);
    await page.getByRole("button", { name: /Tắt tiếng 5 phút$/ }).click();
    await page.getByRole("button", { name: /Đang tắt tiếng, còn [45]:/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "muted");
    await heard();
    station.announce(anAlarm(Date.now(), { id: "quiet" }));
    await bringIn(page, "quiet");
    expect(await heard()).toBe(0);
  });
});
