import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChromium } from "../support/chromium.ts";
import { absent, until } from "../support/counterpart.ts";
import { pageFolder, type StationFixture, startStationFixture } from "./station-fixture.ts";
import { anAlarm, risingTide, wardAlarms, wardDevices } from "./ward.ts";

const noBrowser = absent("chromium");
const noPage = existsSync(join(pageFolder, "index.html"))
  ? undefined
  : "the console is not built (npm run build)";
if (noPage && process.env.CI) throw new Error(noPage);
const reason = noBrowser ?? noPage;

/** Where pictures for people go; none are taken without it. */
const pictures = process.env.KENH_PICTURES;
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Violation {
  readonly id: string;
  readonly nodes: readonly { html: string; failureSummary?: string }[];
}

describe.skipIf(reason)(
  `the console in Chromium${reason ? `: ${reason}` : ""}`,
  { timeout: 60_000 },
  () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await startChromium();
    });
    afterAll(() => browser?.close());

    /** A page of its own, signed in, with everything that it complained about. */
    async function open(
      station: StationFixture,
      { path = `/#token=${station.token}`, width = 1366, height = 768 } = {},
    ) {
      const context: BrowserContext = await browser.newContext({ viewport: { width, height } });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning")
          complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("requestfailed", (request) => {
        if (!request.url().includes("/api/")) complaints.push(`failed: ${request.url()}`);
      });
      page.on("response", (response) => {
        if (response.status() >= 400 && !response.url().includes("/api/"))
          complaints.push(`${response.status()} ${response.url()}`);
      });
      page.on("request", (request) => {
        if (!request.url().startsWith(station.url)) complaints.push(`foreign: ${request.url()}`);
      });
      await page.goto(station.url + path);
      return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
    }

    async function ward() {
      const now = Date.now();
      const station = await startStationFixture(wardAlarms(now));
      station.devices = wardDevices(now);
      station.points = risingTide(now);
      return station;
    }

    const rows = (page: Page) => page.locator(".kenh-alarm");
    const row = (page: Page, id: string) => page.locator(`.kenh-alarm[data-id="${id}"]`);

    async function violations(page: Page): Promise<string[]> {
      await page.evaluate(readFileSync(axe, "utf8"));
      const found = (await page.evaluate(
        "axe.run().then((result) => result.violations)",
      )) as Violation[];
      return found.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
      );
    }

    async function picture(page: Page, name: string) {
      if (!pictures) return;
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`) });
    }

    test("the shipped panel shows the alarms, the devices and the ledger, under a strict policy", async () => {
      await using station = await ward();
      await using view = await open(station);
      const { page, complaints } = view;
      await row(page, "bd3").getByText("Mực nước vượt báo động III").waitFor();
      expect(
        await rows(page).evaluateAll((found) => found.map((one) => one.getAttribute("data-id"))),
      ).toEqual(["bd3", "ups", "generator", "pm25", "camera"]);
      await row(page, "bd3").getByText("2,33 m (vượt BĐ III 3 cm)").waitFor();
      await row(page, "bd3").getByText("Cầu Cao Lãnh · Mực nước sông Tiền").waitFor();
      await page.locator(".sparkline").first().waitFor();
      await page.getByText("123.456").waitFor();
      expect(await page.locator(".device").count()).toBe(5);
      expect(page.url()).toBe(`${station.url}/`);
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
    });

    test.each([
      ["vi", 1920, 1080],
      ["en", 1920, 1080],
      ["vi", 1366, 768],
      ["en", 1366, 768],
      ["vi", 700, 900],
    ])("nothing is cut in %s at %d x %d, and axe finds nothing", async (lang, width, height) => {
      await using station = await ward();
      await using view = await open(station, {
        path: `/?lang=${lang}#token=${station.token}`,
        width,
        height,
      });
      const { page } = view;
      await page.locator(".sparkline").first().waitFor();
      await row(page, "camera").waitFor();
      const wide = await page.evaluate(
        `[...document.querySelectorAll("body, .kenh-scroll, .scroll, .kenh-alarm, .kenh-act, .kenh-when, .kenh-mark, .device, .top, button")]
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
        .map((one) => one.className + " " + one.scrollWidth + " > " + one.clientWidth)`,
      );
      expect(wide).toEqual([]);
      expect(await violations(page)).toEqual([]);
      await picture(page, `console-${lang}-${width}`);
    });

    test("a new alarm comes by the stream, and acknowledging it with a key reaches the station", async () => {
      await using station = await startStationFixture();
      await using view = await open(station);
      const { page } = view;
      await page.getByText("Không có cảnh báo").waitFor();
      expect(await violations(page)).toEqual([]);
      await picture(page, "console-empty");
      station.announce(anAlarm(Date.now(), { id: "new/one" }));
      await row(page, "new/one").focus();
      await page.keyboard.press("a");
      await row(page, "new/one").getByText("Đã xác nhận").waitFor();
      expect(station.posted).toEqual([
        { path: "/api/v1/alarms/new%2Fone/acknowledge", body: { version: 2 } },
      ]);
    });

    test.each([
      [403, "Bạn không có quyền xác nhận cảnh báo này."],
      [409, "Cảnh báo vừa thay đổi. Hãy xem lại rồi xác nhận lần nữa."],
    ])("a refusal with %d is shown, and the alarm stays unacknowledged", async (status, text) => {
      await using station = await ward();
      station.acknowledgeStatus = status;
      await using view = await open(station);
      const { page } = view;
      await row(page, "bd3").getByRole("button", { name: "Xác nhận" }).click();
      await row(page, "bd3").getByText(text).waitFor();
      await row(page, "bd3").getByText("Chưa xác nhận").waitFor();
      expect(await violations(page)).toEqual([]);
      await picture(page, `console-refused-${status}`);
    });

    test("a cut is announced, the stream resumes where it stood, and nothing is lost or doubled", async () => {
      await using station = await ward();
      await using view = await open(station);
      const { page } = view;
      await row(page, "bd3").waitFor();
      await until(() => station.resumed.length === 1, "the first stream");
      station.reachable = false;
      station.cut();
      await page.getByText(/Mất kết nối với trạm từ/).waitFor();
      expect(await violations(page)).toEqual([]);
      await picture(page, "console-cut");
      await row(page, "bd3").getByRole("button", { name: "Xác nhận" }).click();
      await row(page, "bd3").getByText("Chưa gửi được vì mất kết nối").waitFor();
      station.announce(anAlarm(Date.now(), { id: "meanwhile", priority: 2 }));
      station.reachable = true;
      await row(page, "meanwhile").waitFor();
      await page.getByText(/Mất kết nối với trạm từ/).waitFor({ state: "detached" });
      expect(station.resumed).toEqual([100, 100]);
      expect(await rows(page).count()).toBe(6);
    });

    test("what cannot be read makes the page begin again with the list", async () => {
      await using station = await ward();
      await using view = await open(station);
      const { page } = view;
      await row(page, "bd3").waitFor();
      await until(() => station.resumed.length === 1, "the first stream");
      station.announce(anAlarm(Date.now(), { id: "before" }));
      await row(page, "before").waitFor();
      station.sendRaw("id: 999\nevent: alarm\ndata: {broken\n\n");
      await until(() => station.resumed.length === 2, "the second stream");
      expect(station.resumed).toEqual([100, 101]);
      expect(await rows(page).count()).toBe(6);
    });

    test("hostile texts are shown as texts and leave the layout unharmed", async () => {
      const text = `<img src=x onerror="document.title='owned'">\u202e${"dài ".repeat(500)}${"d".repeat(8000)}`;
      const both = { vi: text, en: text };
      await using station = await startStationFixture([
        anAlarm(Date.now(), { message: both, action: both }),
        anAlarm(Date.now(), { id: "neighbour", priority: 2 }),
      ]);
      station.devices = [
        { ...(wardDevices(0)[0] as object), label: both, siteLabel: both },
        ...wardDevices(Date.now()).slice(1),
      ];
      await using view = await open(station);
      const { page, complaints } = view;
      await row(page, "neighbour").waitFor();
      await page.locator(".device").first().waitFor();
      const box = await row(page, "bd3").boundingBox();
      expect(box?.height).toBeLessThan(260);
      expect(await page.locator("img").count()).toBe(1);
      expect(await page.title()).toBe("Kênh · Cảnh báo");
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      await picture(page, "console-hostile");
      expect(complaints).toEqual([]);
    });

    test("without a token the page asks for one, tries it, and keeps it for the tab alone", async () => {
      await using station = await ward();
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
      expect(await page.evaluate("JSON.stringify(localStorage)")).toBe('{"lang":"en"}');
    });
  },
);
