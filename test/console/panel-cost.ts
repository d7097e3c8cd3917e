/**
 * What the panel costs a browser: updates of 1,000 and 10,000 alarms, a burst of ten a second, how fast
 * it answers a hand, and its memory over 72 accelerated hours. Prints figures; 1 when a goal is not reached.
 */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { pluginFolder } from "../../packaging/plugin.ts";
import { quantile } from "../bench/statistics.ts";
import { startChromium } from "../support/chromium.ts";
import { row, rows } from "./console-page.ts";
import { type Crowd, crowd, scriptMs, soak, update } from "./crowd.ts";
import { anAlarm } from "./ward.ts";

const soakHours = 72;
const updates = 60;
const burstMs = 10_000;
const everyMs = 100;

/** One figure with its goal: at most `good`. */
interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly good?: number;
}

const longTasks = `{
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask" });
}`;

async function updateCost(all: Crowd, count: number): Promise<Figure[]> {
  const costs = new Float64Array(updates);
  // What is compiled while it runs for the first time is no update's cost.
  for (let number = 0; number < 10; number++) await update(all, number);
  for (let at = 0; at < updates; at++) {
    const before = await scriptMs(all.session);
    await update(all, 10 + at);
    costs[at] = (await scriptMs(all.session)) - before;
  }
  costs.sort();
  const what = `script of an update of ${count} alarms`;
  return [
    { what: `${what}, median`, value: quantile(costs, 0.5), unit: "ms" },
    {
      what: `${what}, 95th percentile`,
      value: quantile(costs, 0.95),
      unit: "ms",
      ...(count === 1000 && { good: 50 }),
    },
    {
      what: `rows in the page of ${count} alarms`,
      value: await rows(all.page).count(),
      unit: "",
      good: 60,
    },
  ];
}

async function burst({ page, station }: Crowd): Promise<Figure> {
  await page.evaluate(longTasks);
  for (let at = 0; at < burstMs / everyMs; at++) {
    station.announce(anAlarm(Date.now(), { value: 3 + at / 100, version: 1000 + at }));
    await delay(everyMs);
  }
  const found = (await page.evaluate("window.longTasks")) as number[];
  const what = `longest task in ${burstMs / 1000} s of ${1000 / everyMs} updates a second, 0 where none took 50`;
  return { what, value: Math.max(0, ...found), unit: "ms", good: 100 };
}

/** From the key to the row that it asks for. */
async function answers({ page }: Crowd, count: number): Promise<Figure[]> {
  const timed = async (what: string, work: () => Promise<unknown>): Promise<Figure> => {
    const start = performance.now();
    await work();
    return { what: `${what} among ${count} alarms`, value: performance.now() - start, unit: "ms" };
  };
  await row(page, "bd3").focus();
  return [
    await timed("to the last row", async () => {
      await page.keyboard.press("End");
      await page.locator(`.kenh-row[aria-posinset="${count}"]`).waitFor();
    }),
    await timed("to what is searched", async () => {
      await page.getByRole("searchbox").fill(`noi bo ${count - 3}`);
      await row(page, `m${count - 3}`).waitFor();
    }),
  ];
}

/** Each figure as soon as it is known: the last takes minutes. */
async function* measure(browser: Browser): AsyncGenerator<Figure> {
  for (const count of [1000, 10_000]) {
    await using all = await crowd(browser, count);
    yield* await updateCost(all, count);
    if (count === 1000) yield await burst(all);
    yield* await answers(all, count);
  }
  const bundle = readFileSync(`${pluginFolder}/alarms-panel/module.js`);
  yield { what: "the panel's module.js", value: bundle.length / 1000, unit: "kB" };
  yield { what: "packed with gzip", value: gzipSync(bundle).length / 1000, unit: "kB" };
  const { hours, alarms, cuts, growthBytes } = await soak(browser, soakHours);
  yield {
    what: `growth of the heap over ${hours} accelerated hours with ${alarms} alarms and ${cuts} cuts`,
    value: growthBytes / 1e6,
    unit: "MB",
    good: 10,
  };
}

const browser = await startChromium();
try {
  for await (const { what, value, unit, good } of measure(browser)) {
    const goal = good === undefined ? "" : ` (good ≤ ${good})`;
    process.stdout.write(`${what}: ${Number(value.toFixed(1))} ${unit}${goal}\n`);
    if (good !== undefined && value > good) process.exitCode = 1;
  }
} finally {
  await browser.close();
}
