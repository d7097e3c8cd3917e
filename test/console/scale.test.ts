import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChromium } from "../support/chromium.ts";
import { until } from "../support/counterpart.ts";
import { noConsole, open, row, rows } from "./console-page.ts";
import { type StationFixture, startStationFixture } from "./station-fixture.ts";
import { anAlarm, manyAlarms, wardDevices } from "./ward.ts";

/** Milliseconds of script that the page has run. */
async function scriptMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1000 * (metrics.find(({ name }) => name === "ScriptDuration")?.value ?? 0);
}

/** Bytes in use after everything that can be thrown away has been. */
async function heapBytes(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}

/** Announces alarm `number` again, each time with another value, and waits until that is on the screen. */
async function update(page: Page, station: StationFixture, number: number): Promise<void> {
  const now = Date.now();
  const value = 2 + number / 100;
  station.announce(anAlarm(now, { value, version: 3 + number }));
  const text = `${value.toFixed(2).replace(".", ",")}\u00a0m`;
  await until(
    () =>
      page.evaluate(
        `document.querySelector('[data-id="bd3"] .kenh-reading')?.textContent.startsWith(${JSON.stringify(text)})`,
      ),
    `${text} on the screen`,
  );
}

describe.skipIf(noConsole)(
  `the panel with many alarms${noConsole ? `: ${noConsole}` : ""}`,
  { timeout: 120_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startChromium();
    });
    afterAll(() => browser?.close());

    /** A page with so many alarms in no flood, the critical one above. */
    async function crowd(count: number) {
      const now = Date.now();
      const station = await startStationFixture([
        anAlarm(now),
        ...manyAlarms(now, count - 1).map((alarm) => ({ ...alarm, priority: 3 as const })),
      ]);
      station.devices = wardDevices(now);
      station.floods = [];
      const view = await open(browser, station, { width: 1920, height: 1080 });
      await row(view.page, "bd3").waitFor();
      const session = await view.page.context().newCDPSession(view.page);
      await session.send("Performance.enable");
      return { station, view, page: view.page, session };
    }

    test.each([1_000, 10_000])(
      "of %d alarms at most 60 rows are drawn, wherever one looks",
      async (count) => {
        const { station, view, page } = await crowd(count);
        await using _station = station;
        await using _view = view;
        expect(await rows(page).count()).toBeLessThanOrEqual(60);
        expect(await row(page, "bd3").getAttribute("aria-setsize")).toBe(String(count));
        await row(page, "bd3").focus();
        await page.keyboard.press("End");
        await until(
          async () =>
            (await page.evaluate("document.activeElement.ariaPosInSet")) === String(count),
          "the last row in focus",
        );
        expect(await rows(page).count()).toBeLessThanOrEqual(60);
        await page.keyboard.press("/");
        await page.keyboard.type(`noi bo ${count - 3}`);
        await row(page, `m${count - 3}`).waitFor();
        await until(async () => (await rows(page).count()) === 1, "one row");
      },
    );

    test("updates of 1,000 alarms are cheap, and a burst of them blocks nothing", async () => {
      const { station, view, page, session } = await crowd(1_000);
      await using _station = station;
      await using _view = view;
      const costs: number[] = [];
      for (let number = 0; number < 40; number++) {
        const before = await scriptMs(session);
        await update(page, station, number);
        costs.push((await scriptMs(session)) - before);
      }
      await page.evaluate(`{
        window.longTasks = [];
        new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((one) => one.duration)))
          .observe({ type: "longtask" });
      }`);
      for (let number = 40; number < 80; number++) await update(page, station, number);
      const longTasks = (await page.evaluate("window.longTasks")) as number[];
      const [p50, p95] = [costs.toSorted((a, b) => a - b)[19], costs.toSorted((a, b) => a - b)[37]];
      console.info(
        `1,000 alarms: script per update p50 ${p50?.toFixed(1)} ms, p95 ${p95?.toFixed(1)} ms; tasks over 50 ms: ${longTasks.length}, longest ${Math.max(0, ...longTasks)} ms`,
      );
      expect(await rows(page).count()).toBeLessThanOrEqual(60);
    });

    test("what comes and goes leaves nothing behind", async () => {
      const { station, view, page, session } = await crowd(100);
      await using _station = station;
      await using _view = view;
      const round = async (number: number) => {
        const now = Date.now();
        const passing = Array.from({ length: 50 }, (_, index) =>
          anAlarm(now, { id: `r${number}-${index}`, priority: 4 }),
        );
        station.announce(...passing);
        station.announce(
          ...passing.map((alarm) => ({ ...alarm, state: "normal" as const, version: 3 })),
        );
        await update(page, station, number);
      };
      for (let number = 0; number < 20; number++) await round(number);
      const before = await heapBytes(session);
      for (let number = 20; number < 120; number++) await round(number);
      const growth = (await heapBytes(session)) - before;
      console.info(
        `heap growth over 5,000 alarms that came and went: ${(growth / 1e6).toFixed(2)} MB`,
      );
      expect(growth).toBeLessThan(10e6);
      expect(await page.getByRole("tab", { name: /^Đang diễn ra/ }).textContent()).toContain("100");
    });
  },
);
