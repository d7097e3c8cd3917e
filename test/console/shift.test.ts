import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Alarm, type Dispatch, topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import mqtt from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { kenh, type RunningStation, startStation } from "../support/station.ts";
import { burst, picture, row, violations } from "./console-page.ts";
import { describeInChromium } from "./in-chromium.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const office = "82/29869/kinh-te";
/** A name that would be an image if it were not escaped. */
const hostile = `Phòng Kinh tế <img src=x onerror="document.title='owned'">`;

describeInChromium("a shift over a real station", ({ open }) => {
  let folder: TemporaryFolder;
  let station: RunningStation;
  let operator: { url: string; token: string };
  let agency: { url: string; token: string };
  beforeAll(async () => {
    folder = temporaryFolder("shift");
    mkdirSync(join(folder.path, "rules"));
    writeFileSync(
      join(folder.path, "rules", "at-once.yaml"),
      "version: 1\nchanges:\n  - { rule: water.bd3, set: { onDelayMs: 0, offDelayMs: 0 } }\n",
    );
    station = await startStation({ folder });
    const password = await station.addDevice(gauge, "generic-water");
    const label = { vi: hostile, en: "Economy office" };
    const body = JSON.stringify({
      units: [{ unit: "82/29869", label: { vi: "Phường Cao Lãnh", en: "Cao Lãnh ward" } }],
      sites: [{ site: "82/29869/cau-cao-lanh", label: { vi: "Cầu Cao Lãnh", en: "Bridge" } }],
      agencies: [
        { agency: office, label },
        { agency: "82/so-nnmt", label: { vi: "Sở Nông nghiệp và Môi trường", en: "Department" } },
      ],
    });
    const headers = { authorization: `Bearer ${station.token}` };
    const put = await fetch(`${station.http}/api/v1/registry`, { method: "POST", headers, body });
    expect(put.status, await put.text()).toBe(200);
    const access = openAccess(join(folder.path, "access.db"));
    operator = { url: station.http, token: access.addToken("operator", "82/29869") };
    agency = { url: station.http, token: access.addToken("operator", office) };
    access.close();
    const client = await mqtt.connectAsync(station.mqtt, { username: gauge, password });
    const payload = JSON.stringify({ ts: Date.now(), values: { water_level_m: 2.5 } });
    await client.publishAsync(topicOf(gauge, "telemetry"), payload, { qos: 1 });
    await client.endAsync();
    await until(async () => (await alarms()).length === 1, "the alarm", 60_000);
  });
  afterAll(async () => {
    await station?.stop();
    folder?.[Symbol.dispose]();
  });

  const alarms = async () => (await station.get<{ alarms: Alarm[] }>("/api/v1/alarms")).alarms;
  const dispatches = async () =>
    (await station.get<{ dispatches: Dispatch[] }>("/api/v1/dispatches")).dispatches;
  const at = (path: string, token: string) => ({ path: `/${path}#token=${token}` });

  test("an operator gives an alarm to an agency by keys, the agency answers, and the operator sees it", async () => {
    const [{ id } = { id: "" }] = await alarms();
    await using desk = await open(operator, { width: 1366, height: 768 });
    const { page } = desk;
    await row(page, id).focus();
    await page.keyboard.press("g");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("option", { name: /Phòng Kinh tế/ }).waitFor({ state: "attached" });
    expect(await violations(page)).toEqual([]);
    await dialog.getByLabel("Đơn vị xử lý").selectOption(office);
    await dialog.getByRole("button", { name: "Kiểm tra tại chỗ và báo lại" }).click();
    await picture(page, "giao-xu-ly-hop-thoai");
    await dialog.getByLabel("Yêu cầu xử lý").press("Enter");
    await dialog.waitFor({ state: "detached" });
    await row(page, id).locator(".kenh-dispatch-chip", { hasText: "Đã giao" }).waitFor();
    expect(await row(page, id).textContent()).toContain("<img src=x");
    expect(await page.title()).not.toBe("owned");

    await using theirs = await open(agency, at("", agency.token));
    await theirs.page.getByRole("link", { name: "Giao xử lý" }).click();
    const card = theirs.page.getByRole("article");
    await card.getByRole("button", { name: "Trả lại" }).waitFor();
    expect(await card.getByRole("button", { name: "Thu hồi" }).count()).toBe(0);
    await card.getByRole("button", { name: "Tiếp nhận" }).click();
    await card.getByText("Đã tiếp nhận").waitFor();
    await picture(theirs.page, "giao-xu-ly-don-vi");
    expect(await violations(theirs.page)).toEqual([]);
    await card.getByRole("button", { name: "Báo đã xử lý" }).click();
    await card.getByLabel("Kết quả xử lý").fill("Đã thông cống số 3");
    await theirs.page.keyboard.press("Enter");
    await theirs.page.getByRole("heading", { name: "Đã kết thúc 1" }).waitFor();
    expect((await dispatches()).map(({ state }) => state)).toEqual(["handled"]);

    await row(page, id).locator(".kenh-dispatch-chip", { hasText: "Đã xử lý" }).waitFor();
    await row(page, id).focus();
    await page.keyboard.press("Enter");
    const part = page.getByRole("region", { name: "Giao xử lý" });
    await part.getByText("Đã thông cống số 3").first().waitFor();
    await picture(page, "giao-xu-ly-chi-tiet");
    expect(await burst(page, ".kenh-dispatch p, .kenh-dispatch-head")).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("l");
    await row(page, id).locator(".kenh-dispatch-chip", { hasText: "Handled" }).waitFor();
    expect([...desk.complaints, ...theirs.complaints]).toEqual([]);
  });

  test("a shift is handed over, taken over by somebody else, and stays to be read and printed", async () => {
    await using view = await open(operator, { width: 1920, height: 1080 });
    const { page } = view;
    await page.getByRole("link", { name: /Giao ca|Hand-over/ }).click();
    if (await page.getByRole("button", { name: "Tiếng Việt" }).isVisible()) {
      await page.getByRole("button", { name: "Tiếng Việt" }).click();
    }
    await page.getByRole("heading", { name: "Cảnh báo đang diễn ra 1" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("Bàn giao cho ca sau").fill("Nước đang lên.\nTheo dõi cống số 3.");
    await page.getByLabel("Họ tên người thực hiện").fill("Trần Thị Lan");
    await picture(page, "giao-ca");
    await page.getByRole("button", { name: "Giao ca" }).click();
    const waiting = page.getByRole("region", { name: "Biên bản đang chờ nhận ca" });
    await waiting.getByText("Theo dõi cống số 3.").waitFor();
    await waiting.getByLabel("Họ tên người thực hiện").fill("Trần Thị Lan");
    await waiting.getByRole("button", { name: "Nhận ca" }).click();
    await waiting.getByText("Trần Thị Lan là người giao ca").waitFor();
    await waiting.getByLabel("Họ tên người thực hiện").fill("Lê Văn Hùng");
    await waiting.getByLabel("Ý kiến khi nhận ca").fill("Đã nhận ca.");
    await picture(page, "giao-ca-nhan");
    await waiting.getByRole("button", { name: "Nhận ca" }).click();
    await waiting.waitFor({ state: "detached" });
    await page.getByRole("region", { name: "Các biên bản trước" }).getByRole("link").click();
    await page.getByText("Đã nhận ca.").waitFor();
    await picture(page, "bien-ban-giao-ca");
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".eng-top").isVisible()).toBe(false);
    expect(await page.getByText("Lê Văn Hùng").isVisible()).toBe(true);
    await picture(page, "bien-ban-giao-ca-in");
    // Taking over from oneself was refused.
    expect(view.complaints.filter((text) => !text.includes("409"))).toEqual([]);
    const told = await kenh("handover", "--data", folder.path);
    expect(told.stdout).toMatch(/Trần Thị Lan .* Lê Văn Hùng/);
  });

  test("the calls at the command line go the same way, and are refused for the same reasons", async () => {
    const [{ id } = { id: "" }] = await alarms();
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await kenh("dispatch", ...args, "--data", folder.path);
      return { code, stdout, stderr };
    };
    const wrong = await run(
      ...["assign", id, "--agency", "82/so", "--deadline", "2h", "--instruction", "xem"],
    );
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("82/so-nnmt")]);
    const order = ["--agency", "82/so-nnmt", "--deadline", "2h", "--instruction", "xem"];
    const made = await run("assign", id, ...order, "--json");
    expect(made.code, made.stderr).toBe(0);
    const { id: slip } = JSON.parse(made.stdout) as Dispatch;
    expect((await run("return", slip, "--comment", "nhầm", "--seen", "7")).code).toBe(1);
    expect((await run("return", slip, "--comment", "nhầm")).stdout).toContain("Bị trả lại");
    const listed = await run("list", "--state", "returned", "--lang", "en");
    expect(listed.stdout).toMatch(new RegExp(`${slip} .* Sent back`));
  });
});
