import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { enrolAgent } from "@kenh/edge-agent";
import { topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import mqtt from "mqtt";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChromium } from "../support/chromium.ts";
import { until } from "../support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { type RunningStation, startStation } from "../support/station.ts";
import {
  burst,
  noConsole,
  open as openPage,
  picture,
  type View,
  violations,
} from "./console-page.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const cabinet = "82/29869/cho-cao-lanh/tu-dien-01";
const stranger = "82/29869/cho-cao-lanh/muc-nuoc-09";
const noise = "82/29869/cho-cao-lanh/thu-nghiem-01";
const uplink = JSON.stringify({
  deviceInfo: { devEui: "a84041c341834c84", deviceName: "muc-nuoc-cho" },
  fPort: 2,
  object: { distance: 1850, battery: 3.6, "water temperature": 28.4 },
});

const hostile = `<img src=x onerror="document.title='owned'">${"dài".repeat(50)}`;
const contract = `version: 1
agencies:
  - agency: 82/so-nnmt
    label: { vi: "Sở Nông nghiệp và Môi trường", en: "Department of Agriculture and Environment" }
    contact: { name: "Nguyễn Văn An", phone: "0277 3851 234" }
datasets:
  - id: muc-nuoc
    label: { vi: "Mực nước các trạm đo", en: "Water levels of the gauges" }
    agency: 82/so-nnmt
    kind: periodic
    period: 1h
    lateness: 30m
    from: 2026-10-01
    openness: { level: open, licence: CC-BY-4.0 }
    devices: { match: ["82/*/*/*"] }
`;

describe.skipIf(noConsole)(
  `the engineer's pages over a real station${noConsole ? `: ${noConsole}` : ""}`,
  () => {
    let browser: Browser;
    let folder: TemporaryFolder;
    let station: RunningStation;
    let reader: string;
    /** An administrator's page, which most tests go on with. */
    let shared: View;
    beforeAll(async () => {
      folder = temporaryFolder("engineer");
      mkdirSync(join(folder.path, "rules"));
      writeFileSync(
        join(folder.path, "rules", "at-once.yaml"),
        "version: 1\nchanges:\n  - { rule: water.bd3, set: { onDelayMs: 0, offDelayMs: 0 } }\n",
      );
      mkdirSync(join(folder.path, "contracts"));
      writeFileSync(join(folder.path, "contracts", "water.yaml"), contract);
      [browser, station] = await Promise.all([startChromium(), startStation({ folder })]);
      const password = await station.addDevice(gauge, "generic-water");
      const access = openAccess(join(folder.path, "access.db"));
      reader = access.addToken("reader", "82/29869");
      const cabinetPassword = await access.addAccount(
        cabinet,
        [cabinet],
        ["82/29869/cho-cao-lanh"],
      );
      access.close();
      await post("/api/v1/registry", {
        sites: [
          { site: "82/29869/cau-cao-lanh", label: { vi: "Cầu Cao Lãnh", en: "Cao Lãnh bridge" } },
        ],
        devices: [
          {
            identity: gauge,
            profile: "generic-water",
            label: { vi: "Mực nước sông Tiền", en: "Tiền river level" },
            intervalMs: 120_000,
          },
          {
            identity: "82/29869/cau-cao-lanh/la-01",
            profile: "generic-water",
            label: { vi: hostile, en: hostile },
          },
        ],
        calibrations: [
          {
            device: gauge,
            quantity: "water_level_m",
            from: "2026-10-05T08:00:00+07:00",
            by: "Trần Văn An",
            note: "So với thước thủy chí tại cầu",
            settings: { offset: 0.02 },
          },
        ],
      });
      const now = Date.now();
      // A day of tides, every two minutes.
      const samples = Array.from({ length: 720 }, (_, index) => ({
        ts: now - (720 - index) * 120_000,
        values: {
          water_level_m: 1.28 + 0.5 * Math.sin(index / 59 - 4.1) + index / 1500,
          battery_v: 3.7 - index / 7200,
        },
        ...(index === 0 && { qc: { battery_v: 3 } }),
      }));
      const wrong = { ts: now, values: { water_level_m: 2.37, salinty_ppt: 1.2 } };
      await send(gauge, password, [
        [gauge, { v: 1, agent: "gw-01", epoch: "5f0c27ab", seq: 1, samples }],
        [gauge, { v: 1, agent: "gw-01", epoch: "5f0c27ab", seq: 4, samples: [wrong] }],
      ]);
      const level = (index: number) => ({
        ts: now - index * 60_000,
        values: { water_level_m: 1.4 + index / 100, battery_v: 3.5 },
      });
      await send(cabinet, cabinetPassword, [
        [stranger, level(2)],
        [stranger, level(1)],
        [noise, { hello: "world" }],
      ]);
      await station.settled();
      shared = await open("#/devices");
    });
    afterAll(async () => {
      await browser?.close();
      await station?.stop();
      folder?.[Symbol.dispose]();
    });

    async function send(username: string, password: string, messages: [string, object][]) {
      const client = await mqtt.connectAsync(station.mqtt, { username, password });
      for (const [device, payload] of messages) {
        const topic = topicOf(device, "telemetry");
        await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
      }
      await client.endAsync();
    }
    async function post(path: string, body: object): Promise<unknown> {
      const response = await fetch(station.http + path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${station.token}` },
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(JSON.stringify(answer));
      return answer;
    }
    const patienceMs = 60_000;
    async function open(hash: string, flags = "", token = station.token): Promise<View> {
      const view = await openPage(
        browser,
        { url: station.http, token },
        { path: `/?${flags}#token=${token}`, width: 1366, height: 900 },
      );
      // The token leaves the address before anything else is read from it, and the first page comes whole.
      view.page.setDefaultTimeout(patienceMs);
      const isThere = "location.hash === '' && document.querySelector('.top img')?.complete";
      await until(() => view.page.evaluate(isThere), "the first page", patienceMs);
      // Whoever watches alarms loads nothing of these pages.
      const loaded = "performance.getEntriesByType('resource').map(({ name }) => name).join()";
      expect(await view.page.evaluate(loaded)).not.toContain("/assets/engineer-");
      await view.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      return view;
    }
    /** Nothing is cut and axe finds nothing, in both languages and themes, switched live; and a picture of each. */
    async function inAllLooks(hash: string, name: string, isThere: () => Promise<unknown>) {
      const { page } = shared;
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await isThere();
      for (const [lang, next, theme] of [
        ["vi", "English", "Light"],
        ["en", "Tiếng Việt", "Nền tối"],
      ] as const) {
        await picture(page, `engineer-${name}-${lang}`);
        expect(
          await burst(
            page,
            "body, .eng-page, .eng-top, .eng-part, .eng-editor > section, .eng-card, button",
          ),
        ).toEqual([]);
        expect(await violations(page)).toEqual([]);
        await button(page, next).click();
        await button(page, theme).click();
      }
      expect(shared.complaints.splice(0)).toEqual([]);
    }
    const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
    const part = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

    test("a device: its values, trend, alarms, ledger, quarantine and calibrations stand on one page", async () => {
      await inAllLooks(`#/device/${gauge}`, "device", async () => {
        const { page } = shared;
        await page.locator(".eng-trend svg").waitFor();
        await page.locator(".eng-spark .sparkline").first().waitFor();
        await page.getByText("Trần Văn An").waitFor();
      });
      const { page } = shared;
      await part(page, "Giá trị").getByText("2,37 m", { exact: true }).waitFor();
      await part(page, "Cảnh báo").getByText("2,37 m (vượt BĐ III 7 cm)").waitFor();
      const ledger = part(page, "Sổ số liệu").locator("tbody tr");
      expect(await ledger.locator("th, td").allTextContents()).toEqual([
        ..."5f0c27ab 1.442 1.441 0 1 0 2–3".split(" "),
      ]);
      const quarantine = part(page, "Cách ly");
      await quarantine.getByText("Đại lượng chưa khai báo").waitFor();
      await quarantine.getByRole("button", { name: "Thử lại tất cả" }).click();
      await quarantine.getByText("1 mục vẫn chưa lưu được: hãy sửa nguyên nhân trước.").waitFor();
      await button(page, "Điện áp pin").click();
      await part(page, "Diễn biến")
        .getByRole("img", { name: /^Điện áp pin, 24 giờ/ })
        .waitFor();
      // The browser notes the refusal of the replay.
      expect(shared.complaints.splice(0)).toEqual([expect.stringContaining("409")]);
    });

    test("all devices are found without accents, and reached from the alarms by keys alone", async () => {
      await inAllLooks("#/devices", "devices", () =>
        shared.page.getByRole("link", { name: /river|sông/ }).waitFor(),
      );
      const { page } = shared;
      await page.setViewportSize({ width: 700, height: 900 });
      for (const hash of [
        "#/devices",
        `#/device/${gauge}`,
        "#/discovered",
        "#/profile/generic-water",
        "#/add",
      ]) {
        await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
        await page.locator(".eng-page h1").waitFor();
        expect(await burst(page, "body, .eng-page, .eng-top, .eng-part, .eng-card")).toEqual([]);
        await picture(page, `engineer-narrow-${hash.split("/")[1]}`);
      }
      await page.setViewportSize({ width: 1366, height: 900 });
      expect(await page.locator(".eng-page img").count()).toBe(0);
      expect(await page.title()).toBe("Kênh · Cảnh báo");
      await page.evaluate("location.hash = '#/'");
      await page.getByText("Không có cảnh báo").or(page.locator(".kenh-row")).first().waitFor();
      await page.getByRole("link", { name: "Kỹ thuật" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("searchbox").focus();
      await page.keyboard.type("song tien");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Mực nước sông Tiền" }).waitFor();
      await page.goBack();
      await page.getByRole("searchbox").waitFor();
    });

    test("a profile is drafted from an uplink, corrected by line, saved, and in force at once", async () => {
      const { page, complaints } = shared;
      await page.evaluate("location.hash = '#/profile/'");
      await page.getByRole("textbox", { name: "Thiết bị gửi gì" }).fill(uplink);
      await button(page, "Soạn mẫu từ đây").click();
      const yaml = page.getByRole("textbox", { name: "Mẫu (YAML)" });
      await until(
        async () => (await yaml.inputValue()).includes("quantity: distance_m"),
        "a draft with its points",
        patienceMs,
      );
      await part(page, "Trạm hiểu thành").getByText("1,85 m").waitFor();
      await page.getByText("Không có lỗi.").waitFor();
      expect(await violations(page)).toEqual([]);
      await picture(page, "engineer-draft-vi");

      const drafted = await yaml.inputValue();
      await yaml.fill(drafted.replace("quantity: distance_m", "quantity: distanse_m"));
      await page.getByText("không có đại lượng distanse_m: có phải là distance_m?").waitFor();
      expect(await button(page, "Lưu").isDisabled()).toBe(true);
      await page
        .getByRole("button", { name: /^dòng \d+$/ })
        .first()
        .click();
      const marked =
        "((field) => field.value.slice(field.selectionStart, field.selectionEnd))(document.activeElement)";
      expect(await page.evaluate(marked)).toContain("distanse_m");
      expect(await violations(page)).toEqual([]);
      await picture(page, "engineer-fault-vi");

      // A look at another page loses nothing.
      await page.getByRole("link", { name: "Thiết bị", exact: true }).click();
      await page.getByRole("searchbox").waitFor();
      await page.goBack();
      await page.getByText("Chưa lưu").waitFor();
      expect(await yaml.inputValue()).toContain("distanse_m");

      await yaml.fill(drafted.replace("name: mau-moi", "name: muc-nuoc-cho"));
      await page.getByText("Không có lỗi.").waitFor();
      await button(page, "Ghi lại làm mẫu thử").click();
      await page.getByText("Không có lỗi.").waitFor();
      await until(
        async () => !(await button(page, "Lưu").isDisabled()),
        "a profile to save",
        patienceMs,
      );
      await button(page, "Lưu").click();
      await page.getByText("Đã lưu", { exact: true }).waitFor();
      expect(await page.evaluate("location.hash")).toBe("#/profile/muc-nuoc-cho");
      const file = readFileSync(join(folder.path, "profiles", "muc-nuoc-cho.yaml"), "utf8");
      expect(file).toContain('name: "mẫu 1"');
      await until(
        async () => {
          const { profiles } = await station.get<{ profiles: { name: string }[] }>(
            "/api/v1/profiles",
          );
          return profiles.some(({ name }) => name === "muc-nuoc-cho");
        },
        "the profile in force",
        patienceMs,
      );
      const { lines } = await station.get<{ lines: { call: string; comment: string }[] }>(
        "/api/v1/audit",
      );
      expect(lines.find(({ call }) => call === "profile.save")?.comment).toBe("muc-nuoc-cho");

      // Somebody else was faster: said, and nothing is overwritten.
      writeFileSync(join(folder.path, "profiles", "muc-nuoc-cho.yaml"), `${file}# theirs\n`);
      await yaml.fill(`${file}# mine\n`);
      await until(
        async () => !(await button(page, "Lưu").isDisabled()),
        "another change to save",
        patienceMs,
      );
      await button(page, "Lưu").click();
      await page.getByText("Không thực hiện được: đã có thay đổi từ trước.").waitFor();
      await button(page, "Tải bản mới nhất").click();
      await until(
        async () => (await yaml.inputValue()).endsWith("# theirs\n"),
        "their text",
        patienceMs,
      );
      expect(complaints.splice(0).filter((each) => !each.includes("409"))).toEqual([]);
    });

    test("profiles are listed and shown with their samples beside", async () => {
      await inAllLooks("#/profiles", "profiles", () =>
        shared.page.getByRole("link", { name: /LDDS75/ }).waitFor(),
      );
      await inAllLooks("#/profile/dragino-ldds75", "profile", () =>
        shared.page.getByText(/^2[,.]0[23]\sm$/).waitFor(),
      );
    });

    test("what nobody knows waits with a guess, is adopted with what had waited, or left alone", async () => {
      await inAllLooks("#/discovered", "discovered", () =>
        shared.page.getByRole("heading", { name: stranger }).waitFor(),
      );
      const { page } = shared;
      const card = page.locator(".eng-card").filter({ hasText: stranger });
      await card.getByLabel("Tên tiếng Việt").fill("Mực nước chợ");
      await card.getByRole("button", { name: "Nhận thiết bị" }).click();
      await page.getByText(`Đã nhận ${stranger}; 2 bản tin`).waitFor();
      await picture(page, "engineer-adopted-vi");
      const other = page.locator(".eng-card").filter({ hasText: noise });
      await other.getByRole("button", { name: "Bỏ qua" }).click();
      await other.waitFor({ state: "detached" });
      await page.getByLabel("Cả những thiết bị đã bỏ qua").check();
      await other.getByText("đã bỏ qua").waitFor();
      await page.getByRole("link", { name: "Xem thiết bị" }).click();
      await page.getByRole("heading", { name: "Mực nước chợ" }).waitFor();
      await part(page, "Giá trị").getByText("1,41 m", { exact: true }).waitFor();
    });

    test("a new device is shown before it is written, and its password once", async () => {
      const payload = JSON.stringify({ ts: Date.now(), values: { water_level_m: 2.4, wrong: 1 } });
      const fill = async (page: Page, identity: string) => {
        await page.locator("form input").first().fill(identity);
        await page.locator("form select").first().selectOption("generic-water");
        await page.locator("form textarea").fill(payload);
        await page.locator(".eng-preview tbody tr").first().waitFor();
      };
      await inAllLooks("#/add", "add", () => fill(shared.page, gauge.replace("-01", "-02")));
      const { page } = shared;
      await page.getByText("2,40 m", { exact: true }).first().waitFor();
      await page.getByText("Đại lượng chưa khai báo").waitFor();
      await page.getByRole("heading", { name: "Sẽ hiện trên trang" }).waitFor();
      await button(page, "Khai báo thiết bị").click();
      await page.getByText("Chỉ hiện một lần này").waitFor();
      expect(await violations(page)).toEqual([]);
      await picture(page, "engineer-added-vi");
      const [username, password] = await page.locator(".eng-secret code").allTextContents();
      const client = await mqtt.connectAsync(station.mqtt, {
        username: username ?? "",
        password: password ?? "",
      });
      await client.endAsync();
      await page.reload();
      await page.getByRole("heading", { name: "Khai báo" }).waitFor();
      expect(await page.content()).not.toContain(password);
    });

    test("a device's password and code are shown once, and what is revoked opens nothing more", async () => {
      const { page } = shared;
      const identity = "82/29869/cau-cao-lanh/muc-nuoc-03";
      const before = await station.addDevice(identity, "generic-water");
      const opens = async (password = "") => {
        const options = { username: identity, password, reconnectPeriod: 0 };
        try {
          const client = await mqtt.connectAsync(station.mqtt, options, false);
          await client.endAsync();
          return true;
        } catch (error) {
          expect(String(error)).toMatch(/not authorized|bad user ?name or password/i);
          return false;
        }
      };
      const secrets = page.locator(".eng-secret code");
      expect(await opens(before)).toBe(true);
      await page.evaluate(`location.hash = ${JSON.stringify(`#/device/${identity}`)}`);
      const credentials = part(page, "Mật khẩu và chứng thư");
      const press = (name: string) =>
        credentials.getByRole("button", { name, exact: true }).click();

      await press("Cấp mật khẩu mới");
      await credentials.getByText("Chỉ hiện một lần này").waitFor();
      const [username, password = ""] = await secrets.allTextContents();
      expect(username).toBe(identity);
      expect(await opens(before)).toBe(false);
      expect(await opens(password)).toBe(true);
      expect(await violations(page)).toEqual([]);
      await picture(page, "engineer-password-vi");

      await press("Mã đăng ký một lần");
      await credentials.getByText(/^kenh agent enrol/).waitFor();
      const [code = "", command] = await secrets.allTextContents();
      expect(command).toBe(`kenh agent enrol --station ${station.http} --code ${code}`);
      // What was shown before is gone from the page, as both are once it is loaded again.
      expect(await page.content()).not.toContain(password);
      await page.reload();
      await credentials.waitFor();
      for (const secret of [password, code]) expect(await page.content()).not.toContain(secret);

      await press("Thu hồi tất cả");
      expect(await violations(page)).toEqual([]);
      await press("Thôi");
      expect(await opens(password)).toBe(true);
      await press("Thu hồi tất cả");
      await press("Thu hồi ngay");
      await credentials.getByText(/^Đã thu hồi\./).waitFor();
      await picture(page, "engineer-revoked-vi");
      expect(await opens(password)).toBe(false);
      const to = join(folder.path, "papers");
      await expect(enrolAgent({ station: station.http, code, folder: to })).rejects.toThrow(/code/);
      expect(shared.complaints.splice(0)).toEqual([]);
    });

    test("a reader sees and changes nothing; what is not there, and a station that is gone, are said", async () => {
      await using view = await open(`#/device/${gauge}`, "", reader);
      const { page } = view;
      await page.getByText(/chỉ xem được/).waitFor();
      await part(page, "Cách ly").getByText("Đại lượng chưa khai báo").waitFor();
      expect(await page.getByRole("button", { name: /Thử lại|mật khẩu|Thu hồi/ }).count()).toBe(0);
      await page.evaluate("location.hash = '#/profile/generic-water'");
      const yaml = page.getByRole("textbox", { name: "Mẫu (YAML)" });
      await yaml.waitFor();
      expect(await yaml.getAttribute("readonly")).not.toBeNull();
      expect(await button(page, "Lưu").count()).toBe(0);
      await page.evaluate("location.hash = '#/device/82/30000/x/y'");
      await page.getByText("Không có, hoặc nằm ngoài phạm vi").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.evaluate("location.hash = '#/devices'");
      await page.getByRole("link", { name: "Mực nước sông Tiền" }).waitFor();
      await page.context().setOffline(true);
      await page.getByText("Không kết nối được với trạm. Số liệu bên dưới").waitFor();
      expect(await violations(page)).toEqual([]);
      await picture(page, "engineer-offline-vi");
      await page.context().setOffline(false);
      await button(page, "Thử lại").click();
      await page.getByText("Không kết nối được với trạm.").waitFor({ state: "detached" });
    });

    test("the month's sharing report: who is late, and its files", async () => {
      await inAllLooks("#/sharing", "sharing", () =>
        shared.page.getByText("Sở Nông nghiệp và Môi trường").waitFor(),
      );
      const { page } = shared;
      const download = page.waitForEvent("download");
      await button(page, "Tải CSV").click();
      expect((await download).suggestedFilename()).toMatch(/^chia-se-du-lieu-\d{4}-\d\d\.csv$/);
      // What spoils a share is behind it: here a reading of which its sender is not sure.
      await page.getByRole("link", { name: /^Đúng \d/ }).click();
      await page.getByText("battery_v = 3.7", { exact: true }).waitFor();
      expect(await page.getByRole("link", { name: gauge }).count()).toBe(1);
      expect(await violations(page)).toEqual([]);
      await picture(page, "engineer-spoilers-vi");
      await page.getByRole("link", { name: "Đơn vị chậm/chưa chia sẻ dữ liệu" }).click();
      await page.getByRole("link", { name: /^Đúng \d/ }).waitFor();
    });
  },
);
