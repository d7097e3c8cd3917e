import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Alarm, AlarmRule } from "@kenh/schemas";
import { expect, test } from "vitest";
import { startChromium } from "../support/chromium.ts";
import { absent, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { kenh, startStation } from "../support/station.ts";

const noBrowser = absent("chromium");
/** Where pictures for people go; none are taken without it. */
const pictures = process.env.KENH_PICTURES;

test.skipIf(noBrowser)(
  `from an empty folder to an alarm on the screen, acknowledged, and on after a restart${noBrowser ? `: ${noBrowser}` : ""}`,
  async () => {
    using folder = temporaryFolder("first-start");
    const first = await startStation({ demo: true, folder });
    const token = readFileSync(join(folder.path, "admin-token"), "utf8").trim();
    expect(first.process.output()).toContain(`${first.http}/#token=${token}`);

    const browser = await startChromium();
    try {
      const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
      page.setDefaultTimeout(60_000);
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      await page.goto(`${first.http}/#token=${token}`);
      const row = page.getByText("Mực nước vượt báo động III").first();
      // The promise of the first start: soon something needs the operator.
      await row.waitFor({ timeout: 180_000 });
      await page.getByText("Mực nước sông Tiền").first().waitFor();
      if (pictures) await page.screenshot({ path: join(pictures, "first-start.png") });

      await page
        .getByRole("button", { name: /Xác nhận/ })
        .first()
        .click();
      // What is being done is asked for, where the first priority is acknowledged.
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("textbox").fill("Đã báo trực ban, đang kiểm tra cống");
      await dialog.getByRole("textbox").press("Enter");
      const alarms = () => first.get<{ alarms: Alarm[] }>("/api/v1/alarms");
      const acknowledged = await until(
        async () => (await alarms()).alarms.find(({ state }) => state === "acknowledged"),
        "the alarm to be acknowledged",
      );
      if (pictures) await page.screenshot({ path: join(pictures, "acknowledged.png") });
      expect(complaints).toEqual([]);

      // The ward moves: the books grow and hold.
      const before = await first.ledger();
      const after = await until(async () => {
        const report = await first.ledger();
        return report.total.stored > before.total.stored + 20 ? report : undefined;
      }, "further readings");
      for (const { received, stored, duplicate, quarantined, pending, missing } of after.epochs) {
        expect(received).toBe(stored + duplicate + quarantined + pending);
        expect(missing).toEqual([]);
      }
      expect(after.total.quarantined).toBe(0);

      // The command line knows the rules of the ward that is shown, which raised the alarm sooner than the shipped ones.
      const { stdout } = await kenh("rules", "list", "--json", "--data", folder.path);
      const { rules } = JSON.parse(stdout) as { rules: AlarmRule[] };
      expect(rules.find(({ id }) => id === acknowledged.rule)?.onDelayMs).toBe(10_000);

      // A clean stop leaves nothing running, and the next start carries on.
      await first.stop();
      expect(first.process.child.exitCode).toBe(0);
      expect(existsSync(join(folder.path, "station.json"))).toBe(false);
      expect((await kenh("ledger", "--data", folder.path)).code).toBe(1);
      await using second = await startStation({ demo: true, folder });
      expect(second.process.output()).toContain(token);
      const { alarms: carried } = await second.get<{ alarms: Alarm[] }>("/api/v1/alarms");
      expect(carried.map(({ id, rule }) => [id, rule])).toContainEqual([
        acknowledged.id,
        "water.bd3",
      ]);
      const more = await until(async () => {
        const report = await second.ledger();
        return report.total.stored > after.total.stored + 20 ? report : undefined;
      }, "the ward to move on");
      expect(more.total.received).toBe(
        more.total.stored + more.total.duplicate + more.total.quarantined + more.total.pending,
      );
      expect(more.epochs.flatMap(({ missing }) => missing)).toEqual([]);
    } finally {
      await browser.close();
      await first.stop();
    }
  },
);
