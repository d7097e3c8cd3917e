import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Alarm, topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { expect, test } from "vitest";
import { freePort, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startStation } from "../support/station.ts";
import { picture, row, rows } from "./console-page.ts";
import { describeInChromium } from "./in-chromium.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";

describeInChromium("the panel on a real station", ({ open }) => {
  test("a level published by MQTT is painted, acted upon by keys, and stands in the book; a restart loses nothing", async () => {
    using folder = temporaryFolder("panel");
    mkdirSync(join(folder.path, "rules"));
    writeFileSync(
      join(folder.path, "rules", "at-once.yaml"),
      "version: 1\nchanges:\n  - { rule: water.bd3, set: { onDelayMs: 0, offDelayMs: 0 } }\n",
    );
    const env = { KENH_HTTP_PORT: String(await freePort()) };
    let station = await startStation({ folder, env });
    try {
      const password = await station.addDevice(gauge, "generic-water");
      const client = await mqtt.connectAsync(station.mqtt, { username: gauge, password });
      await using view = await open({ url: station.http, token: station.token });
      const { page, complaints } = view;
      await page.getByText("Không có cảnh báo").waitFor();
      const payload = { ts: Date.now(), values: { water_level_m: 2.33 } };
      await client.publishAsync(topicOf(gauge, "telemetry"), JSON.stringify(payload), { qos: 1 });
      await client.endAsync();
      const high = rows(page).filter({ hasText: "vượt BĐ III 3 cm" });
      await high.waitFor();
      // A device that was never heard before: its unit comes with its first value.
      await high.getByText("2,33\u00a0m").waitFor();
      await picture(page, "station");
      const id = (await high.getAttribute("data-id")) ?? "";
      await row(page, id).focus();
      await page.keyboard.press("a");
      await page.keyboard.type("Đã cử người đến");
      await page.keyboard.press("Enter");
      await row(page, id).getByText("Đã xác nhận").waitFor();
      await page.keyboard.press("s");
      await page.keyboard.type("Đã báo đơn vị xử lý");
      await page.keyboard.press("Enter");
      await page.getByText("Đã tạm ẩn 1 cảnh báo.").waitFor();
      const alarm = await station.get<Alarm>(`/api/v1/alarms/${id}`);
      expect(alarm.state).toBe("shelved");
      expect(alarm.history.map(({ event }) => event)).toEqual(["raise", "acknowledge", "shelve"]);
      expect(alarm.history.at(-1)?.comment).toBe("Đã báo đơn vị xử lý");
      expect(complaints).toEqual([]);

      await station.stop("SIGKILL");
      await page.getByText(/Mất kết nối với trạm từ/).waitFor();
      station = await startStation({ folder, env });
      await page.getByText(/Mất kết nối với trạm từ/).waitFor({ state: "detached" });
      await page.getByRole("tab", { name: /^Tạm ẩn/ }).click();
      await row(page, id).waitFor();
      expect(await rows(page).count()).toBe(1);
      await row(page, id).focus();
      await page.keyboard.press("u");
      await until(
        async () => (await station.get<Alarm>(`/api/v1/alarms/${id}`)).state === "unacknowledged",
        "the alarm back in service",
      );
    } finally {
      await station.stop();
    }
  });
});
