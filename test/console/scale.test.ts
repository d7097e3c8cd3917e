import { expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { row, rows } from "./console-page.ts";
import { crowd, soak, update } from "./crowd.ts";
import { describeInChromium } from "./in-chromium.ts";

describeInChromium("the panel with many alarms", ({ browser }) => {
  test.each([1_000, 10_000])(
    "of %d alarms at most 60 rows are drawn, wherever one looks and whatever comes",
    async (count) => {
      await using all = await crowd(browser(), count);
      const { page } = all;
      expect(await rows(page).count()).toBeLessThanOrEqual(60);
      expect(await row(page, "bd3").getAttribute("aria-setsize")).toBe(String(count));
      for (let number = 0; number < 10; number++) await update(all, number);
      expect(await rows(page).count()).toBeLessThanOrEqual(60);
      await row(page, "bd3").focus();
      await page.keyboard.press("End");
      await until(
        async () => (await page.evaluate("document.activeElement.ariaPosInSet")) === String(count),
        "the last row in focus",
      );
      expect(await rows(page).count()).toBeLessThanOrEqual(60);
      await page.keyboard.press("/");
      await page.keyboard.type(`noi bo ${count - 3}`);
      await row(page, `m${count - 3}`).waitFor();
      await until(async () => (await rows(page).count()) === 1, "one row");
    },
  );

  test("hours that come and go leave nothing behind", async () => {
    expect((await soak(browser(), 2)).growthBytes).toBeLessThan(10e6);
  });
});
